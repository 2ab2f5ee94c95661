import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { receiveZoomWebhook } from "./receive.ts";

const secret = "5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;

const completed = {
  event: "recording.transcript_completed",
  event_ts: 1_795_219_198_000,
  download_token: "dl",
  payload: { account_id: "A1", object: { uuid: "/a//b==", id: 5, topic: "t", recording_files: [{}] } },
};
const validation = (plainToken: unknown) => ({
  event: "endpoint.url_validation",
  payload: { plainToken },
  event_ts: 1_795_219_198_000,
});

function receive(
  body: string | Uint8Array,
  { signed = body, key = secret, secrets = secret as string | readonly string[] } = {},
) {
  const time = String(now / 1_000);
  const mac = createHmac("sha256", key).update(`v0:${time}:`).update(signed).digest("hex");
  const headers = { "x-zm-signature": `v0=${mac}`, "x-zm-request-timestamp": time };
  return receiveZoomWebhook({ headers, body, secret: secrets, now });
}

const hmac = (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex");

describe("receiveZoomWebhook", () => {
  it("returns what a genuine delivery says as Zoom sent it, unknown fields included", () => {
    const more = { ...completed, somethingNew: { a: [1] } };
    expect(receive(JSON.stringify(more))).toEqual([more]);
    expect(receive(Buffer.from(JSON.stringify(more)))).toEqual([more]);
    const gone = { event: "app_deauthorized", payload: { account_id: "A1", user_id: "u", signature: "s" } };
    expect(receive(JSON.stringify(gone))).toEqual([gone]);
  });

  it("reads every genuine fixture", () => {
    const file = join(import.meta.dirname, "../../test/fixtures/signed-deliveries.json");
    const { vectors } = JSON.parse(readFileSync(file, "utf8")) as {
      vectors: {
        body: string;
        headers: Record<string, string>;
        now_ms: number;
        secret: string;
        valid: boolean;
      }[];
    };
    const kinds = vectors
      .filter(({ valid }) => valid)
      .flatMap(({ now_ms, ...given }) =>
        receiveZoomWebhook({ ...given, now: now_ms }).map(({ event }) => event),
      );
    expect(new Set(kinds).size).toBe(9);
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
    ["looks like what an event's signature covers", `v0:${now / 1_000}:{"event":"recording.deleted"}`],
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

  it("T01 reads nothing of a delivery that is not genuine", () => {
    const body = JSON.stringify(completed);
    expect(() => receive(`${body} `, { signed: body })).toThrow(
      expect.objectContaining({ code: "webhook_unverified" }),
    );
    expect(() => receive("no JSON at all", { signed: "" })).toThrow(
      expect.objectContaining({ code: "webhook_unverified" }),
    );
  });

  it.each<[string, string | Uint8Array]>([
    ["compressed", gzipSync(JSON.stringify(completed))],
    ["empty", ""],
    ["marked by a byte order mark", `\ufeff${JSON.stringify(completed)}`],
    ["bad UTF-8", Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ["nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["a list", JSON.stringify([completed])],
    ["null", "null"],
  ])("F60 T05 refuses a genuine body that is %s", (_, body) => {
    expect(() => receive(body)).toThrow(expect.objectContaining({ code: "input_invalid", path: "body" }));
  });

  const object = (more: object) => ({
    ...completed,
    payload: { ...completed.payload, object: { ...completed.payload.object, ...more } },
  });
  it.each<[string, object]>([
    ["event", { ...completed, event: 5 }],
    ["event", { ...completed, event: "" }],
    ["payload", { ...completed, payload: null }],
    ["payload.account_id", { ...completed, payload: { ...completed.payload, account_id: 5 } }],
    ["payload.object.uuid", { ...completed, payload: { account_id: "A1" } }],
    ["payload.object.uuid", object({ uuid: "" })],
    ["payload.object.topic", object({ topic: { a: 1 } })],
    ["payload.object.start_time", object({ start_time: 5 })],
    ["payload.object.host_email", object({ host_email: [] })],
    ["payload.object.recording_files", object({ recording_files: {} })],
    ["payload.object.recording_files", object({ recording_files: ["x"] })],
    ["event_ts", { ...completed, event_ts: "now" }],
    ["event_ts", { ...completed, event_ts: -1 }],
    ["download_token", { ...completed, download_token: 5 }],
    ["payload.user_id", { event: "app_deauthorized", payload: { account_id: "A1" } }],
    ["payload.account_id", { event: "app_deauthorized", payload: { user_id: "u" } }],
  ])("names %s when it is not as Zoom documents it", (path, body) => {
    expect(() => receive(JSON.stringify(body))).toThrow(
      expect.objectContaining({ code: "input_invalid", path }),
    );
  });
});
