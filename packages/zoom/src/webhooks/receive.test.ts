import { createHmac } from "node:crypto";
import { resolve } from "node:path";
import { deliveredAt, genuineDeliveries, receiverContract, signedDelivery } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { zoomSigning } from "../../test/signing-scheme.ts";
import { receiveZoomWebhook } from "./receive.ts";

const { secret } = zoomSigning;

const completed = {
  event: "recording.transcript_completed",
  event_ts: 1_795_219_198_000,
  download_token: "dl",
  payload: { account_id: "A1", object: { uuid: "/a//b==", id: 5, topic: "t", recording_files: [{}] } },
};
const object = (more: object) => ({
  ...completed,
  payload: { ...completed.payload, object: { ...completed.payload.object, ...more } },
});

receiverContract("Zoom", {
  scheme: zoomSigning,
  receive: receiveZoomWebhook,
  body: completed,
  wrong: [
    ["event", { ...completed, event: { zoe: 5 } }],
    ["event", { ...completed, event: "" }],
    ["payload", { ...completed, payload: null }],
    ["payload.account_id", { ...completed, payload: { ...completed.payload, account_id: 5 } }],
    ["payload.object.uuid", { ...completed, payload: { account_id: "A1" } }],
    ["payload.object.uuid", object({ uuid: "" })],
    ["payload.object.topic", object({ topic: { zoe: 1 } })],
    ["payload.object.start_time", object({ start_time: 5 })],
    ["payload.object.host_email", object({ host_email: [] })],
    ["payload.object.recording_files", object({ recording_files: {} })],
    ["payload.object.recording_files", object({ recording_files: ["zoe"] })],
    ["event_ts", { ...completed, event_ts: "now" }],
    ["event_ts", { ...completed, event_ts: -1 }],
    ["download_token", { ...completed, download_token: 5 }],
    ["payload.user_id", { event: "app_deauthorized", payload: { account_id: "A1" } }],
    ["payload.account_id", { event: "app_deauthorized", payload: { user_id: "u" } }],
  ],
});

const validation = (plainToken: unknown) => ({
  event: "endpoint.url_validation",
  payload: { plainToken },
  event_ts: 1_795_219_198_000,
});

function receive(body: string, { key = secret, secrets = secret as string | readonly string[] } = {}) {
  return receiveZoomWebhook(signedDelivery(zoomSigning, { body, key, secret: secrets }));
}

const hmac = (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex");

describe("receiveZoomWebhook", () => {
  it("reads every genuine fixture", () => {
    const events = genuineDeliveries(resolve(import.meta.dirname, "../..")).flatMap(receiveZoomWebhook);
    expect(new Set(events.map(({ event }) => event)).size).toBe(9);
  });

  it("gives an app's removal as Zoom sent it", () => {
    const gone = { event: "app_deauthorized", payload: { account_id: "A1", user_id: "u", signature: "s" } };
    expect(receive(JSON.stringify(gone))).toEqual([gone]);
  });

  it("T07 answers an address check whose signature is right", () => {
    const [event] = receive(JSON.stringify(validation("qgg8vlvZRS6UYooatFL8Aw")));
    expect(event).toMatchObject({
      event: "endpoint.url_validation",
      answer: {
        plainToken: "qgg8vlvZRS6UYooatFL8Aw",
        encryptedToken: hmac(secret, "qgg8vlvZRS6UYooatFL8Aw"),
      },
    });
  });

  it.each(["new", "old"])("T07 answers with the secret that the check was signed with: the %s one", (key) => {
    const [event] = receive(JSON.stringify(validation("abc")), { key, secrets: ["new", "old"] });
    expect(event).toMatchObject({ answer: { encryptedToken: hmac(key, "abc") } });
  });

  it("T07 signs nothing for an address check that is not genuine", () => {
    const body = JSON.stringify(validation("abc"));
    expect(() => receive(body, { key: "another" })).toThrow(
      expect.objectContaining({ code: "webhook_unverified" }),
    );
  });

  it.each<[string, unknown]>([
    [
      "looks like what an event's signature covers",
      `v0:${deliveredAt / 1_000}:{"event":"recording.deleted"}`,
    ],
    ["holds a blank", "abc def"],
    ["ends with a line feed", "abc\n"],
    ["is empty", ""],
    ["is longer than 128 characters", "a".repeat(129)],
    ["holds a letter beyond ASCII", "äbc"],
    ["is a number", 5],
    ["is a list", ["abc"]],
    ["is missing", undefined],
  ])("T07 signs no plainToken that %s", (_, plainToken) => {
    expect(() => receive(JSON.stringify(validation(plainToken)))).toThrow(
      expect.objectContaining({ code: "input_invalid", path: "payload.plainToken" }),
    );
  });

  it("T07 signs a plainToken of 128 characters", () => {
    const token = "aZ09_-".repeat(22).slice(0, 128);
    expect(receive(JSON.stringify(validation(token)))).toMatchObject([
      { answer: { encryptedToken: hmac(secret, token) } },
    ]);
  });

  it.each(["meeting.started", "user.created", "something.new", "toString", "__proto__"])(
    "gives nothing for the kind %s",
    (event) => {
      expect(receive(`{"event":${JSON.stringify(event)},"payload":{}}`)).toEqual([]);
    },
  );
});
