import { createHash } from "node:crypto";
import { resolve } from "node:path";
import {
  type DeliveryChanges,
  deliveredAt as now,
  signatureVectors,
  signedDelivery,
  verifierContract,
} from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { hubspotSigning, url } from "../../test/signing-scheme.ts";
import { type HubSpotDelivery, type HubSpotSignatureVersion, verifyHubSpotWebhook } from "./verify.ts";

const { secret } = hubspotSigning;
const payload = '[{"eventId":1}]';
const all: readonly HubSpotSignatureVersion[] = ["v1", "v2", "v3"];

const unverified = expect.objectContaining({ code: "webhook_unverified" });
const misconfigured = (option: string) => expect.objectContaining({ code: "configuration_invalid", option });

function plain(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
const V1 = plain(secret + payload);
const V2 = plain(`${secret}POST${url}${payload}`);

/** A v3 delivery that is right in every respect but the ones named. */
const delivery = (changes: DeliveryChanges & Pick<HubSpotDelivery, "versions"> = {}): HubSpotDelivery =>
  signedDelivery(hubspotSigning, { body: payload, ...changes });

/** A v1 or v2 delivery that is right in every respect but the ones named. */
function untimed(version: string, signature: string, rest: Partial<HubSpotDelivery> = {}): HubSpotDelivery {
  const headers = { "x-hubspot-signature": signature, "x-hubspot-signature-version": version };
  return { method: "POST", url, secret, now, body: payload, headers, versions: all, ...rest };
}

// With both v3 alone decides: one thing is wrong with a delivery for every choice of versions.
verifierContract("HubSpot v3", hubspotSigning, verifyHubSpotWebhook);
verifierContract("HubSpot v3, where every version is accepted,", hubspotSigning, (given) =>
  verifyHubSpotWebhook({ ...given, versions: all }),
);

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
  const wrong = { ...good, "x-hubspot-signature-v3": Buffer.alloc(32).toString("base64") };
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
    ["a relative URL", delivery({ url: "/hooks/hubspot?a=b" }), "url"],
    ["no URL", (({ url: _, ...rest }) => rest)(delivery()), "url"],
    ["no URL for v2", (({ url: _, ...rest }) => rest)(untimed("v2", V2)), "url"],
  ])("T01 is refused as misconfigured: %s", (_, input, option) => {
    expect(() => verifyHubSpotWebhook(input)).toThrow(misconfigured(option));
  });
});

signatureVectors("hubspot", resolve(import.meta.dirname, "../.."), (given) =>
  verifyHubSpotWebhook({ ...given, versions: all }),
);

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
