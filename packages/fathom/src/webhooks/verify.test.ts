import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type FathomDelivery, verifyFathomWebhook } from "./verify.ts";

// Bytes that are no text: the key is what the base64 says.
const key = Buffer.from([0xff, 0xfe, 0x00, 0x61, 0x80, ...Buffer.from("fathom-test-key")]);
const secret = `whsec_${key.toString("base64")}`;
const now = 1_795_219_200_000;
const at = now / 1_000;
const id = "msg_2x2zwLOcWaRTzsLK8KtbQt1FTk9";
const payload = '{"recording_id":1}';

const unverified = expect.objectContaining({ code: "webhook_unverified" });
const misconfigured = (option: string) => expect.objectContaining({ code: "configuration_invalid", option });

function sign(text: string, with_: string | Buffer = key): string {
  return `v1,${createHmac("sha256", with_).update(text).digest("base64")}`;
}

/** A delivery that is right in every respect but the ones named. */
function delivery({
  time = String(at),
  body = payload as string | Uint8Array,
  signature = sign(`${id}.${time}.${payload}`),
  headers = {},
  ...rest
}: Partial<Omit<FathomDelivery, "headers">> & {
  time?: string;
  signature?: string;
  headers?: Record<string, string | string[] | undefined>;
} = {}): FathomDelivery {
  const signed = {
    "webhook-id": id,
    "webhook-timestamp": time,
    "webhook-signature": signature,
    ...headers,
  };
  return { method: "POST", secret, now, body, headers: signed, ...rest };
}

const genuine = sign(`${id}.${at}.${payload}`);
const foreign = sign(`${id}.${at}.${payload}`, "another");

describe("a Fathom delivery", () => {
  it("T01 is held against its own key, however many webhooks there are and in whatever order they come", () => {
    const keys = Array.from({ length: 600 }, (_, at) => Buffer.from(`key of webhook ${at}`));
    for (const round of [keys, keys.toReversed(), keys.slice(0, 2)]) {
      for (const [at, one] of round.entries()) {
        const own = `whsec_${one.toString("base64")}`;
        const signature = sign(`${id}.${now / 1_000}.${payload}`, one);
        expect(() => verifyFathomWebhook(delivery({ secret: own, signature }))).not.toThrow();
        const other = sign(`${id}.${now / 1_000}.${payload}`, keys[(at + 300) % keys.length]);
        if (other === signature) continue;
        expect(() => verifyFathomWebhook(delivery({ secret: own, signature: other }))).toThrow(unverified);
      }
    }
  });

  it("T01 whose secret is none of Fathom's is refused again and again", () => {
    for (let times = 0; times < 3; times++) {
      expect(() => verifyFathomWebhook(delivery({ secret: "whsec_" }))).toThrow(misconfigured("secret"));
    }
  });

  it.each([0, 300_000, -300_000])("T04 is accepted %i ms after its timestamp", (ms) => {
    expect(() => verifyFathomWebhook(delivery({ now: now + ms }))).not.toThrow();
  });

  it.each<[string, FathomDelivery]>([
    ["as bytes", delivery({ body: Buffer.from(payload) })],
    ["with Headers", { ...delivery(), headers: new Headers(delivery().headers as Record<string, string>) }],
    [
      "under an older secret",
      delivery({ secret: [`whsec_${Buffer.from("new").toString("base64")}`, secret] }),
    ],
    ["whose second signature is right", delivery({ signature: `${foreign} ${genuine}` })],
    ["whose eighth signature is right", delivery({ signature: `${`${foreign} `.repeat(7)}${genuine}` })],
    ["beside a signature of another version", delivery({ signature: `v1a,AAAA ${genuine}` })],
    ["beside a malformed signature", delivery({ signature: `v1,AAAA ${genuine}` })],
    ["whatever URL it names: it is not signed", delivery({ url: "https://x.example" })],
  ])("is accepted %s", (_, input) => {
    expect(() => verifyFathomWebhook(input)).not.toThrow();
  });

  it.each([-240, 240])("F57 is accepted from a sender whose clock is %i s off", (seconds) => {
    expect(() => verifyFathomWebhook(delivery({ time: String(at + seconds) }))).not.toThrow();
  });

  it.each([-360, 360])("F57 is refused from a sender whose clock is %i s off", (seconds) => {
    expect(() => verifyFathomWebhook(delivery({ time: String(at + seconds) }))).toThrow(
      expect.objectContaining({ code: "webhook_unverified", reason: "timestamp_outside_window" }),
    );
  });

  it("F56 is refused when it is played again after the replay window", () => {
    const recorded = delivery();
    expect(() => verifyFathomWebhook(recorded)).not.toThrow();
    expect(() => verifyFathomWebhook({ ...recorded, now: now + 300_001 })).toThrow(unverified);
  });

  it.each<[string, FathomDelivery]>([
    ["signed with another key", delivery({ signature: foreign })],
    ["signed with its secret's text", delivery({ signature: sign(`${id}.${at}.${payload}`, secret) })],
    [
      "signed with its secret's base64",
      delivery({ signature: sign(`${id}.${at}.${payload}`, secret.slice("whsec_".length)) }),
    ],
    ["whose body gained a byte", delivery({ body: `${payload} ` })],
    ["whose body lost a byte", delivery({ body: payload.slice(0, -1) })],
    ["whose body alone was signed", delivery({ signature: sign(payload) })],
    ["signed without its id", delivery({ signature: sign(`${at}.${payload}`) })],
    ["whose id was changed", delivery({ headers: { "webhook-id": "msg_other" } })],
    [
      "whose id swallows the timestamp",
      delivery({
        headers: { "webhook-id": `${id}.${at}` },
        signature: sign(`${id}.${at}.${at}.${payload}`),
      }),
    ],
    ["whose id is empty", delivery({ headers: { "webhook-id": "" }, signature: sign(`.${at}.${payload}`) })],
    ["whose timestamp was moved", delivery({ time: `${at + 1}`, signature: genuine })],
    ["whose timestamp became a float", delivery({ time: `${at}.0` })],
    ["whose timestamp is in milliseconds", delivery({ time: `${now}` })],
    ["whose timestamp is no number", delivery({ time: "soon" })],
    ["older than the replay window", delivery({ now: now + 300_001 })],
    ["from further ahead than the replay window", delivery({ now: now - 300_001 })],
    ["outside a narrower window", delivery({ now: now + 11, replayWindowMs: 10 })],
    ["whose signature lacks its version", delivery({ signature: genuine.slice(3) })],
    ["whose signature has another version", delivery({ signature: genuine.replace("v1", "v2") })],
    [
      "whose signature is hex",
      delivery({
        signature: `v1,${createHmac("sha256", key).update(`${id}.${at}.${payload}`).digest("hex")}`,
      }),
    ],
    ["whose signature lost its padding", delivery({ signature: genuine.replace(/=$/, "") })],
    ["whose signature is cut short", delivery({ signature: genuine.slice(0, -4) })],
    ["whose signatures are joined by a comma", delivery({ signature: `${genuine},${genuine}` })],
    ["whose right signature is the ninth", delivery({ signature: `${`${foreign} `.repeat(8)}${genuine}` })],
    ["whose signature is its version alone", delivery({ signature: "v1," })],
    ["whose signature is empty", delivery({ signature: "" })],
  ])("T01 is refused %s", (_, input) => {
    expect(() => verifyFathomWebhook(input)).toThrow(unverified);
  });

  it.each<[string, Record<string, string | string[] | undefined>]>([
    ["without an id", { "webhook-id": undefined }],
    ["without a timestamp", { "webhook-timestamp": undefined }],
    ["without a signature", { "webhook-signature": undefined }],
    ["with two ids", { "webhook-id": [id, id] }],
    ["with two timestamps", { "webhook-timestamp": [`${at}`, `${at}`] }],
    ["with two joined timestamps", { "webhook-timestamp": `${at}, ${at}` }],
    ["with two signature headers", { "webhook-signature": [genuine, genuine] }],
    ["with a second signature header in another spelling", { "Webhook-Signature": genuine }],
    ["with a second id in another spelling", { "Webhook-Id": id }],
  ])("T05 is refused %s", (_, headers) => {
    expect(() => verifyFathomWebhook(delivery({ headers }))).toThrow(unverified);
  });

  it.each<[string, string | readonly string[]]>([
    ["empty", ""],
    ["blank", "  "],
    ["a list of none", []],
    ["a list with an empty one", [secret, ""]],
    ["without its prefix", key.toString("base64")],
    ["its prefix alone", "whsec_"],
    ["no base64", "whsec_not base64!"],
  ])("T02 is not looked at when the secret is %s", (_, none) => {
    const signed = delivery({ secret: none });
    expect(() => verifyFathomWebhook(signed)).toThrow(misconfigured("secret"));
    expect(() => verifyFathomWebhook({ ...signed, headers: {} })).toThrow(misconfigured("secret"));
  });

  it("is not looked at when something parsed it before", () => {
    const parsed = { ...delivery(), body: JSON.parse(payload) as string };
    expect(() => verifyFathomWebhook(parsed)).toThrow(misconfigured("body"));
  });

  it("says nothing of secret, signature or body in its error", () => {
    try {
      verifyFathomWebhook(delivery({ body: `${payload}zoe` }));
      expect.unreachable();
    } catch (error) {
      const said = JSON.stringify(error, Object.getOwnPropertyNames(error));
      for (const hidden of [secret, genuine.slice(3), "zoe"]) expect(said).not.toContain(hidden);
    }
  });
});

interface Vector {
  /** Ours have an id, the vendor's a description. */
  readonly id?: string;
  readonly description?: string;
  readonly valid: boolean;
  readonly secret: string;
  readonly now_ms: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function vectors(file: string): readonly Vector[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] }).vectors : [];
}

const own = join(import.meta.dirname, "../../test/fixtures/signed-deliveries.json");
const shared = process.env["HALO_SHARED"] ?? resolve(import.meta.dirname, "../../../../../shared");
const vendor = join(shared, "vendors/vectors/fathom.json");

describe.each([
  ["fixtures", own],
  ["the vendor's vectors", vendor],
])("T01 of %s", (name, file) => {
  const found = vectors(file);
  if (found.length === 0) {
    it(`${name}: skipped: no vendor specs (HALO_SHARED)`, ({ skip }) => {
      if (process.env["CI"] === "true" || file === own) expect.unreachable(`${file} is missing`);
      skip();
    });
    return;
  }
  it.each(
    found.map(
      (vector) => [vector.valid ? "accepts" : "refuses", vector.id ?? vector.description, vector] as const,
    ),
  )("%s %s", (_verb, _id, { now_ms, valid, ...vector }) => {
    for (const body of [vector.body, Buffer.from(vector.body)]) {
      expect(isAccepted({ ...vector, body, now: now_ms })).toBe(valid);
    }
  });
});

function isAccepted(input: FathomDelivery): boolean {
  try {
    verifyFathomWebhook(input);
    return true;
  } catch (error) {
    expect(error).toEqual(unverified);
    return false;
  }
}
