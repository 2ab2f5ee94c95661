import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { verifyZoomWebhook, type ZoomDelivery } from "./verify.ts";

const secret = "5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;
const at = now / 1_000;
const payload = '{"event":"recording.transcript_completed"}';

const unverified = expect.objectContaining({ code: "webhook_unverified" });
const misconfigured = (option: string) => expect.objectContaining({ code: "configuration_invalid", option });

function sign(text: string, key = secret): string {
  return `v0=${createHmac("sha256", key).update(text).digest("hex")}`;
}

/** A delivery that is right in every respect but the ones named. */
function delivery({
  time = String(at),
  body = payload as string | Uint8Array,
  signature = sign(`v0:${time}:${payload}`),
  headers = {},
  ...rest
}: Partial<Omit<ZoomDelivery, "headers">> & {
  time?: string;
  signature?: string;
  headers?: Record<string, string | string[] | undefined>;
} = {}): ZoomDelivery {
  const signed = { "x-zm-signature": signature, "x-zm-request-timestamp": time, ...headers };
  return { method: "POST", secret, now, body, headers: signed, ...rest };
}

describe("a Zoom delivery", () => {
  it.each([0, 300_000, -300_000])("T04 is accepted %i ms after its timestamp", (ms) => {
    expect(() => verifyZoomWebhook(delivery({ now: now + ms }))).not.toThrow();
  });

  it.each<[string, ZoomDelivery]>([
    ["as bytes", delivery({ body: Buffer.from(payload) })],
    ["with Headers", { ...delivery(), headers: new Headers(delivery().headers as Record<string, string>) }],
    ["under an older secret", delivery({ secret: ["new", secret] })],
    [
      "with its headers as Zoom writes them",
      {
        ...delivery(),
        headers: { "X-Zm-Signature": sign(`v0:${at}:${payload}`), "X-Zm-Request-Timestamp": `${at}` },
      },
    ],
    ["with a timestamp that a number would rewrite", delivery({ time: `0${at}` })],
    [
      "whatever method and URL it names: they are not signed",
      delivery({ method: "PUT", url: "https://x.example" }),
    ],
  ])("is accepted %s", (_, input) => {
    expect(() => verifyZoomWebhook(input)).not.toThrow();
  });

  it.each([-240, 240])("F57 is accepted from a sender whose clock is %i s off", (seconds) => {
    expect(() => verifyZoomWebhook(delivery({ time: String(at + seconds) }))).not.toThrow();
  });

  it.each([-360, 360])("F57 is refused from a sender whose clock is %i s off", (seconds) => {
    expect(() => verifyZoomWebhook(delivery({ time: String(at + seconds) }))).toThrow(
      expect.objectContaining({ code: "webhook_unverified", reason: "timestamp_outside_window" }),
    );
  });

  it("F56 is refused when it is played again after the replay window", () => {
    const recorded = delivery();
    expect(() => verifyZoomWebhook(recorded)).not.toThrow();
    expect(() => verifyZoomWebhook({ ...recorded, now: now + 300_001 })).toThrow(unverified);
  });

  const genuine = sign(`v0:${at}:${payload}`);
  const base64 = Buffer.from(genuine.slice(3), "hex").toString("base64");
  it.each<[string, ZoomDelivery]>([
    ["signed with another secret", delivery({ signature: sign(`v0:${at}:${payload}`, "other") })],
    [
      "signed with its secret's bytes",
      delivery({
        signature: `v0=${createHmac("sha256", Buffer.from(secret, "hex")).update(`v0:${at}:${payload}`).digest("hex")}`,
      }),
    ],
    ["whose body gained a byte", delivery({ body: `${payload} ` })],
    ["whose body lost a byte", delivery({ body: payload.slice(0, -1) })],
    ["whose body alone was signed", delivery({ signature: sign(payload) })],
    ["that was signed under another version", delivery({ signature: sign(`v1:${at}:${payload}`) })],
    ["whose timestamp was moved", delivery({ time: `${at + 1}`, signature: genuine })],
    ["whose timestamp became a float", delivery({ time: `${at}.0` })],
    ["whose timestamp is in exponents", delivery({ time: "1.7952192e9" })],
    ["whose timestamp is in milliseconds", delivery({ time: `${now}` })],
    ["whose timestamp is no number", delivery({ time: "soon" })],
    ["older than the replay window", delivery({ now: now + 300_001 })],
    ["from further ahead than the replay window", delivery({ now: now - 300_001 })],
    ["outside a narrower window", delivery({ now: now + 11, replayWindowMs: 10 })],
    ["whose signature lacks its version", delivery({ signature: genuine.slice(3) })],
    ["whose signature has another version", delivery({ signature: genuine.replace("v0", "v1") })],
    ["whose signature has its version in capitals", delivery({ signature: genuine.replace("v0", "V0") })],
    ["whose signature has its version twice", delivery({ signature: `v0=${genuine}` })],
    ["whose signature is base64", delivery({ signature: `v0=${base64}` })],
    ["whose signature is in capitals", delivery({ signature: `v0=${genuine.slice(3).toUpperCase()}` })],
    ["whose signature is cut short", delivery({ signature: genuine.slice(0, -1) })],
    ["whose signature is longer", delivery({ signature: `${genuine}0` })],
    ["whose signature is its version alone", delivery({ signature: "v0=" })],
    ["whose signature is empty", delivery({ signature: "" })],
  ])("T01 is refused %s", (_, input) => {
    expect(() => verifyZoomWebhook(input)).toThrow(unverified);
  });

  it.each<[string, Record<string, string | string[] | undefined>]>([
    ["without a signature", { "x-zm-signature": undefined }],
    ["without a timestamp", { "x-zm-request-timestamp": undefined }],
    ["with two signatures", { "x-zm-signature": [genuine, genuine] }],
    ["with two joined signatures", { "x-zm-signature": `${genuine}, ${genuine}` }],
    ["with a second signature in another spelling", { "X-Zm-Signature": genuine }],
    ["with two timestamps", { "x-zm-request-timestamp": [`${at}`, `${at}`] }],
    ["with two joined timestamps", { "x-zm-request-timestamp": `${at}, ${at}` }],
    ["with a second timestamp in another spelling", { "X-Zm-Request-Timestamp": `${at}` }],
    ["with blanks around its signature", { "x-zm-signature": ` ${genuine}` }],
    ["with blanks around its timestamp", { "x-zm-request-timestamp": ` ${at}` }],
  ])("T05 is refused %s", (_, headers) => {
    expect(() => verifyZoomWebhook(delivery({ headers }))).toThrow(unverified);
  });

  it.each<[string, string | readonly string[]]>([
    ["empty", ""],
    ["blank", "  "],
    ["a list of none", []],
    ["a list with an empty one", [secret, ""]],
  ])("T02 is not looked at when the secret is %s", (_, none) => {
    const signed = delivery({ secret: none, signature: sign(`v0:${at}:${payload}`, "\0") });
    expect(() => verifyZoomWebhook(signed)).toThrow(misconfigured("secret"));
    expect(() => verifyZoomWebhook({ ...signed, headers: {} })).toThrow(misconfigured("secret"));
  });

  it("is not looked at when something parsed it before", () => {
    const parsed = { ...delivery(), body: JSON.parse(payload) as string };
    expect(() => verifyZoomWebhook(parsed)).toThrow(misconfigured("body"));
  });

  it("says nothing of secret, signature or body in its error", () => {
    try {
      verifyZoomWebhook(delivery({ body: `${payload}zoe` }));
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
const vendor = join(shared, "vendors/vectors/zoom.json");

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

function isAccepted(input: ZoomDelivery): boolean {
  try {
    verifyZoomWebhook(input);
    return true;
  } catch (error) {
    expect(error).toEqual(unverified);
    return false;
  }
}
