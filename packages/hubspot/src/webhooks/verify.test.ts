import { createHash, createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type HubSpotDelivery, type HubSpotSignatureVersion, verifyHubSpotWebhook } from "./verify.ts";

const secret = "s3cret";
const url = "https://app.example.org/hooks/hubspot?a=b";
const now = 1_795_219_200_000;
const payload = '[{"eventId":1}]';
const all: readonly HubSpotSignatureVersion[] = ["v1", "v2", "v3"];

const unverified = expect.objectContaining({ code: "webhook_unverified" });
const misconfigured = (option: string) => expect.objectContaining({ code: "configuration_invalid", option });

function v3(text: string, key = secret): string {
  return createHmac("sha256", key).update(text).digest("base64");
}
function plain(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
const V1 = plain(secret + payload);
const V2 = plain(`${secret}POST${url}${payload}`);

/** A v3 delivery that is right in every respect but the ones named. */
function delivery({
  time = String(now),
  body = payload as string | Uint8Array,
  signature = v3(`POST${url}${payload}${time}`),
  headers = {},
  ...rest
}: Partial<Omit<HubSpotDelivery, "headers">> & {
  time?: string;
  signature?: string;
  headers?: Record<string, string | string[] | undefined>;
} = {}): HubSpotDelivery {
  const signed = { "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": time, ...headers };
  return { method: "POST", url, secret, now, body, headers: signed, ...rest };
}

/** A v1 or v2 delivery that is right in every respect but the ones named. */
function untimed(version: string, signature: string, rest: Partial<HubSpotDelivery> = {}): HubSpotDelivery {
  const headers = { "x-hubspot-signature": signature, "x-hubspot-signature-version": version };
  return { method: "POST", url, secret, now, body: payload, headers, versions: all, ...rest };
}

describe("a HubSpot v3 delivery", () => {
  it.each([0, 300_000, -300_000])("T04 is accepted %i ms after its timestamp", (ms) => {
    expect(() => verifyHubSpotWebhook(delivery({ now: now + ms }))).not.toThrow();
  });

  it.each<[string, HubSpotDelivery]>([
    ["as bytes", delivery({ body: Buffer.from(payload) })],
    ["with Headers", { ...delivery(), headers: new Headers(delivery().headers as Record<string, string>) }],
    ["under an older secret", delivery({ secret: ["new", secret] })],
    ["without naming its method", (({ method, ...rest }) => rest)(delivery())],
    [
      "beside a v1 signature",
      delivery({ headers: { "x-hubspot-signature": V1, "x-hubspot-signature-version": "v1" } }),
    ],
    ["where every version is accepted", delivery({ versions: all })],
    ["with a timestamp that a number would rewrite", delivery({ time: `0${now}` })],
  ])("is accepted %s", (_, input) => {
    expect(() => verifyHubSpotWebhook(input)).not.toThrow();
  });

  it.each([-240_000, 240_000])("F57 is accepted from a sender whose clock is %i ms off", (ms) => {
    expect(() => verifyHubSpotWebhook(delivery({ time: String(now + ms) }))).not.toThrow();
  });

  it.each([-360_000, 360_000])("F57 is refused from a sender whose clock is %i ms off", (ms) => {
    expect(() => verifyHubSpotWebhook(delivery({ time: String(now + ms) }))).toThrow(
      expect.objectContaining({ code: "webhook_unverified", reason: "timestamp_outside_window" }),
    );
  });

  it("F56 is refused when it is played again after the replay window", () => {
    const recorded = delivery();
    expect(() => verifyHubSpotWebhook(recorded)).not.toThrow();
    expect(() => verifyHubSpotWebhook({ ...recorded, now: now + 300_001 })).toThrow(unverified);
  });

  const signedEarlier = v3(`POST${url}${payload}${now}`);
  it.each<[string, HubSpotDelivery]>([
    ["signed with another secret", delivery({ signature: v3(`POST${url}${payload}${now}`, "other") })],
    ["whose body gained a byte", delivery({ body: `${payload} ` })],
    ["whose body lost a byte", delivery({ body: payload.slice(0, -1) })],
    ["of another method", delivery({ method: "PUT" })],
    ["of another path", delivery({ url: url.replace("hooks", "hook2") })],
    ["of another host", delivery({ url: url.replace("example.org", "example.com") })],
    ["of another scheme", delivery({ url: url.replace("https", "http") })],
    ["of another query", delivery({ url: `${url}&c=d` })],
    ["whose timestamp was moved", delivery({ time: String(now + 1), signature: signedEarlier })],
    ["whose timestamp became a float", delivery({ time: `${now}.0` })],
    ["whose timestamp is in exponents", delivery({ time: "1.7952192e12" })],
    ["whose timestamp is in seconds", delivery({ time: String(now / 1_000) })],
    ["older than the replay window", delivery({ now: now + 300_001 })],
    ["from further ahead than the replay window", delivery({ now: now - 300_001 })],
    ["outside a narrower window", delivery({ now: now + 11, replayWindowMs: 10 })],
    [
      "whose signature is hex",
      delivery({
        signature: createHmac("sha256", secret).update(`POST${url}${payload}${now}`).digest("hex"),
      }),
    ],
    ["whose signature is cut short", delivery({ signature: signedEarlier.slice(0, -1) })],
    ["whose signature is empty", delivery({ signature: "" })],
  ])("T01 is refused %s", (_, input) => {
    expect(() => verifyHubSpotWebhook(input)).toThrow(unverified);
    // One thing is wrong with it for every choice of versions.
    expect(() => verifyHubSpotWebhook({ ...input, versions: all })).toThrow(unverified);
  });

  const signature = v3(`POST${url}${payload}${now}`);
  it.each<[string, Record<string, string | string[] | undefined>]>([
    ["without a signature", { "x-hubspot-signature-v3": undefined }],
    ["without a timestamp", { "x-hubspot-request-timestamp": undefined }],
    ["with two signatures", { "x-hubspot-signature-v3": [signature, signature] }],
    ["with two joined signatures", { "x-hubspot-signature-v3": `${signature}, ${signature}` }],
    ["with a second signature in another spelling", { "X-HubSpot-Signature-v3": signature }],
    ["with two timestamps", { "x-hubspot-request-timestamp": [`${now}`, `${now}`] }],
    ["with two joined timestamps", { "x-hubspot-request-timestamp": `${now}, ${now}` }],
    ["with a second timestamp in another spelling", { "X-HubSpot-Request-Timestamp": `${now}` }],
    ["with blanks around its signature", { "x-hubspot-signature-v3": ` ${signature}` }],
    ["with blanks around its timestamp", { "x-hubspot-request-timestamp": ` ${now}` }],
    ["with a signature of the URL alphabet", { "x-hubspot-signature-v3": `${signature.slice(0, 42)}_=` }],
  ])("T05 is refused %s", (_, headers) => {
    expect(() => verifyHubSpotWebhook(delivery({ headers }))).toThrow(unverified);
  });

  it("T05 is refused when Headers joined two of its signatures", () => {
    const headers = new Headers(delivery().headers as Record<string, string>);
    headers.append("x-hubspot-signature-v3", signature);
    expect(() => verifyHubSpotWebhook({ ...delivery(), headers })).toThrow(unverified);
  });
});

describe("a HubSpot v1 or v2 delivery", () => {
  it("is accepted where its version is", () => {
    expect(() => verifyHubSpotWebhook(untimed("v1", V1))).not.toThrow();
    expect(() => verifyHubSpotWebhook(untimed("v2", V2))).not.toThrow();
    expect(() => verifyHubSpotWebhook(untimed("v1", V1, { versions: ["v1"] }))).not.toThrow();
    expect(() => verifyHubSpotWebhook(untimed("v2", V2, { versions: ["v2"] }))).not.toThrow();
    expect(() => verifyHubSpotWebhook(untimed("v2", V2, { secret: ["new", secret] }))).not.toThrow();
  });

  it.each<[string, HubSpotDelivery]>([
    ["with another secret (v1)", untimed("v1", plain(`other${payload}`))],
    ["with another secret (v2)", untimed("v2", plain(`otherPOST${url}${payload}`))],
    ["with another body (v1)", untimed("v1", V1, { body: `${payload} ` })],
    ["with another body (v2)", untimed("v2", V2, { body: `${payload} ` })],
    ["with another URL (v2)", untimed("v2", V2, { url: `${url}c` })],
    ["with another method (v2)", untimed("v2", V2, { method: "PUT" })],
    ["with a hash of no secret", untimed("v1", plain(payload))],
    ["in capitals", untimed("v1", V1.toUpperCase())],
    ["cut short", untimed("v1", V1.slice(1))],
  ])("T01 is refused %s", (_, input) => {
    expect(() => verifyHubSpotWebhook(input)).toThrow(unverified);
  });

  const headers = (more: Record<string, string | string[] | undefined>) => ({
    "x-hubspot-signature": V1,
    "x-hubspot-signature-version": "v1",
    ...more,
  });
  it.each([
    ["without a version", headers({ "x-hubspot-signature-version": undefined })],
    ["without a signature", headers({ "x-hubspot-signature": undefined })],
    ["with two signatures", headers({ "x-hubspot-signature": [V1, V1] })],
    ["with two versions", headers({ "x-hubspot-signature-version": ["v1", "v1"] })],
    ["with joined versions", headers({ "x-hubspot-signature-version": "v1, v1" })],
    ["with its version in capitals", headers({ "x-hubspot-signature-version": "V1" })],
    ["that calls itself v3", headers({ "x-hubspot-signature-version": "v3" })],
    [
      "of v2 that calls itself v3",
      headers({ "x-hubspot-signature": V2, "x-hubspot-signature-version": "v3" }),
    ],
    ["that calls itself v2", headers({ "x-hubspot-signature-version": "v2" })],
    ["of an unknown version", headers({ "x-hubspot-signature-version": "v4" })],
  ])("T05 is refused %s", (_, given) => {
    expect(() => verifyHubSpotWebhook(untimed("v1", V1, { headers: given }))).toThrow(unverified);
  });

  // Merkle–Damgård: from sha256(secret + body) and the secret's length, the hash of a longer message follows.
  it.each(["v1", "v2"] as const)(
    "T06 %s is refused when its hash was extended by who does not know the secret",
    (version) => {
      const head = version === "v1" ? "" : `POST${url}`;
      const original = Buffer.from(payload);
      const tail = Buffer.from(',{"eventId":666}]');
      const known = Buffer.byteLength(secret + head) + original.length;
      const body = Buffer.concat([original, padding(known), tail]);
      const forged = createHash("sha256")
        .update(secret + head)
        .update(body)
        .digest("hex");
      // The forger's own hash, made without the secret, is the true one: a verifier of bytes alone would accept it.
      expect(extend(plain(secret + head + payload), known, tail)).toBe(forged);
      expect(() => verifyHubSpotWebhook(untimed(version, forged, { body }))).toThrow(
        expect.objectContaining({ code: "webhook_unverified", reason: "body_not_utf8" }),
      );
    },
  );
});

describe("T02 the accepted versions", () => {
  const v1Headers = { "x-hubspot-signature": V1, "x-hubspot-signature-version": "v1" };
  const v2Headers = { "x-hubspot-signature": V2, "x-hubspot-signature-version": "v2" };
  const good = delivery().headers as Record<string, string>;
  const wrong = { ...good, "x-hubspot-signature-v3": v3("something else") };
  const stale = delivery({ time: String(now - 300_001) }).headers as Record<string, string>;

  // Rows: what a forger may send. Columns: does it pass for v3 only, v1 only, v2 only, v1 and v2, all.
  it.each<[string, Record<string, string>, string]>([
    ["v3", good, "v3 all"],
    ["v1", v1Headers, "v1 v1v2 all"],
    ["v2", v2Headers, "v2 v1v2 all"],
    ["v3 and v1", { ...good, ...v1Headers }, "v3 v1 v1v2 all"],
    ["v3 and v2", { ...good, ...v2Headers }, "v3 v2 v1v2 all"],
    ["a wrong v3 and a good v1", { ...wrong, ...v1Headers }, "v1 v1v2"],
    ["a wrong v3 and a good v2", { ...wrong, ...v2Headers }, "v2 v1v2"],
    ["a stale v3 and a good v1", { ...stale, ...v1Headers }, "v1 v1v2"],
    ["an empty v3 and a good v1", { "x-hubspot-signature-v3": "", ...v1Headers }, "v1 v1v2"],
    [
      "a lone v3 timestamp and a good v1",
      { "x-hubspot-request-timestamp": `${now}`, ...v1Headers },
      "v1 v1v2",
    ],
    [
      "a lone v3 signature and a good v1",
      { "x-hubspot-signature-v3": good["x-hubspot-signature-v3"] ?? "", ...v1Headers },
      "v1 v1v2",
    ],
    ["a good v3 and a wrong v1", { ...good, ...v1Headers, "x-hubspot-signature": V2 }, "v3 all"],
    ["nothing", {}, ""],
  ])("decide about %s", (_, headers, passes) => {
    const choices: Record<string, readonly HubSpotSignatureVersion[] | undefined> = {
      v3: undefined,
      v1: ["v1"],
      v2: ["v2"],
      v1v2: ["v1", "v2"],
      all,
    };
    const accepted = Object.entries(choices)
      .filter(([, versions]) => isAccepted({ ...delivery(), headers, ...(versions && { versions }) }))
      .map(([name]) => name);
    expect(accepted.join(" ")).toBe(passes);
  });

  it.each([[[]], [["v4"]], [["v3", "V1"]]])("refuse to be %j", (versions) => {
    const given = versions as readonly HubSpotSignatureVersion[];
    expect(() => verifyHubSpotWebhook(delivery({ versions: given }))).toThrow(misconfigured("versions"));
  });
});

describe("what the host gives", () => {
  it.each([
    ["an empty secret", delivery({ secret: "", signature: v3(`POST${url}${payload}${now}`, "") }), "secret"],
    ["no secret", delivery({ secret: [] }), "secret"],
    ["an empty secret among others", delivery({ secret: [secret, ""] }), "secret"],
    ["an empty secret and no signature", { ...delivery({ secret: "" }), headers: {} }, "secret"],
    ["a parsed body", delivery({ body: JSON.parse(payload) }), "body"],
    ["a relative URL", delivery({ url: "/hooks/hubspot?a=b" }), "url"],
    ["no URL", (({ url: _, ...rest }) => rest)(delivery()), "url"],
    ["no URL for v2", (({ url: _, ...rest }) => rest)(untimed("v2", V2)), "url"],
  ])("T01 is refused as misconfigured: %s", (_, input, option) => {
    expect(() => verifyHubSpotWebhook(input)).toThrow(misconfigured(option));
  });
});

interface Vector {
  readonly id: string;
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
const vendor = join(shared, "vendors/vectors/hubspot.json");

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
  it.each(found.map((vector) => [vector.valid ? "accepts" : "refuses", vector.id, vector] as const))(
    "%s %s",
    (_verb, _id, { now_ms, valid, ...vector }) => {
      for (const body of [vector.body, Buffer.from(vector.body)]) {
        expect(isAccepted({ ...vector, body, now: now_ms, versions: all })).toBe(valid);
      }
    },
  );
});

function isAccepted(input: HubSpotDelivery): boolean {
  try {
    verifyHubSpotWebhook(input);
    return true;
  } catch (error) {
    expect(error).toEqual(unverified);
    return false;
  }
}

/** What SHA-256 appends to a message of that length. */
function padding(length: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil((length + 9) / 64) * 64 - length);
  bytes[0] = 0x80;
  bytes.writeUInt32BE(length * 8, bytes.length - 4);
  return bytes;
}

/** SHA-256 of (unknown message ‖ its padding ‖ tail), from the unknown message's hash and length alone. */
function extend(hash: string, length: number, tail: Buffer): string {
  const state = Array.from({ length: 8 }, (_, at) => Number.parseInt(hash.slice(at * 8, at * 8 + 8), 16));
  const before = length + padding(length).length;
  const message = Buffer.concat([tail, padding(before + tail.length)]);
  for (let block = 0; block < message.length; block += 64)
    compress(state, message.subarray(block, block + 64));
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function compress(state: number[], block: Buffer): void {
  const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by));
  const primes = Array.from({ length: 312 }, (_, n) => n).filter(
    (n) =>
      n > 1 && !Array.from({ length: n }, (_, by) => by).some((by) => by > 1 && by * by <= n && n % by === 0),
  );
  const w = Array.from({ length: 16 }, (_, at) => block.readUInt32BE(at * 4));
  for (let t = 16; t < 64; t++) {
    const [a, b] = [w[t - 15] ?? 0, w[t - 2] ?? 0];
    const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
    const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
    w.push(((w[t - 16] ?? 0) + s0 + (w[t - 7] ?? 0) + s1) | 0);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const k = Math.floor((Math.cbrt(primes[t] ?? 0) % 1) * 2 ** 32);
    const t1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k + (w[t] ?? 0);
    const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] = ((state[at] ?? 0) + value) | 0;
}
