import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { receiveFathomWebhook } from "./receive.ts";

const key = Buffer.from("fathom-test-key");
const secret = `whsec_${key.toString("base64")}`;
const now = 1_795_219_200_000;
const id = "msg_1";

const meeting = {
  recording_id: 123,
  title: "Review",
  created_at: "2026-11-20T17:01:30Z",
  transcript: [{ speaker: { display_name: "Zoë" }, text: "Hello", timestamp: "00:00:01" }],
  calendar_invitees: [],
};

function receive(body: string | Uint8Array, signed: string | Uint8Array = body) {
  const time = String(now / 1_000);
  const mac = createHmac("sha256", key).update(`${id}.${time}.`).update(signed).digest("base64");
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": time,
    "webhook-signature": `v1,${mac}`,
  };
  return receiveFathomWebhook({ headers, body, secret, now });
}

describe("receiveFathomWebhook", () => {
  it("returns what a genuine delivery says as Fathom sent it, unknown fields included", () => {
    const more = { ...meeting, somethingNew: { a: [1] } };
    const expected = [{ id, timestamp: now / 1_000, meeting: more }];
    expect(receive(JSON.stringify(more))).toEqual(expected);
    expect(receive(Buffer.from(JSON.stringify(more)))).toEqual(expected);
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
    const ids = vectors
      .filter(({ valid }) => valid)
      .flatMap(({ now_ms, ...given }) =>
        receiveFathomWebhook({ ...given, now: now_ms }).map((event) => event.meeting.recording_id),
      );
    expect(new Set(ids)).toEqual(new Set([123456789, 5]));
  });

  it("T01 reads nothing of a delivery that is not genuine", () => {
    const body = JSON.stringify(meeting);
    for (const forged of [`${body} `, "no JSON at all"]) {
      expect(() => receive(forged, body)).toThrow(expect.objectContaining({ code: "webhook_unverified" }));
    }
  });

  it.each<[string, string | Uint8Array]>([
    ["compressed", gzipSync(JSON.stringify(meeting))],
    ["empty", ""],
    ["marked by a byte order mark", `\ufeff${JSON.stringify(meeting)}`],
    ["bad UTF-8", Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ["nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["a list", JSON.stringify([meeting])],
    ["null", "null"],
  ])("F60 T05 refuses a genuine body that is %s", (_, body) => {
    expect(() => receive(body)).toThrow(expect.objectContaining({ code: "input_invalid", path: "body" }));
  });

  it.each<[string, object]>([
    ["recording_id", { ...meeting, recording_id: "123" }],
    ["recording_id", { ...meeting, recording_id: 1.5 }],
    ["recording_id", { ...meeting, recording_id: -1 }],
    ["recording_id", { title: "a test of the button" }],
    ["title", { ...meeting, title: {} }],
    ["created_at", { ...meeting, created_at: 5 }],
    ["transcript", { ...meeting, transcript: {} }],
    ["transcript", { ...meeting, transcript: ["x"] }],
    ["action_items", { ...meeting, action_items: [null] }],
    ["calendar_invitees", { ...meeting, calendar_invitees: "ada@acme.test" }],
    ["default_summary", { ...meeting, default_summary: "text" }],
    ["recorded_by", { ...meeting, recorded_by: [] }],
  ])("names %s when it is not as Fathom documents it", (path, body) => {
    expect(() => receive(JSON.stringify(body))).toThrow(
      expect.objectContaining({ code: "input_invalid", path }),
    );
  });
});
