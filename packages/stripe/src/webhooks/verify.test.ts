import { createHmac } from "node:crypto";
import { resolve } from "node:path";
import { signatureVectors } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { type StripeDelivery, verifyStripeWebhook } from "./verify.ts";

const secret = "whsec_5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;
const at = now / 1_000;
const payload = '{"id":"evt_1","object":"event"}';

const unverified = expect.objectContaining({ code: "webhook_unverified" });
const misconfigured = (option: string) => expect.objectContaining({ code: "configuration_invalid", option });

const mac = (text: string, key = secret) => createHmac("sha256", key).update(text).digest("hex");

/** A delivery that is right in every respect but the ones named. */
function delivery({
  time = String(at),
  body = payload as string | Uint8Array,
  signature = `t=${time},v1=${mac(`${time}.${payload}`)}`,
  headers = {},
  ...rest
}: Partial<Omit<StripeDelivery, "headers">> & {
  time?: string;
  signature?: string;
  headers?: Record<string, string | string[] | undefined>;
} = {}): StripeDelivery {
  return {
    method: "POST",
    secret,
    now,
    body,
    headers: { "stripe-signature": signature, ...headers },
    ...rest,
  };
}

const genuine = mac(`${at}.${payload}`);
const other = "0".repeat(64);

describe("a Stripe delivery", () => {
  it.each([0, 300_000, -300_000])("T04 is accepted %i ms after its timestamp", (ms) => {
    expect(() => verifyStripeWebhook(delivery({ now: now + ms }))).not.toThrow();
  });

  it.each<[string, StripeDelivery]>([
    ["as bytes", delivery({ body: Buffer.from(payload) })],
    ["with Headers", { ...delivery(), headers: new Headers(delivery().headers as Record<string, string>) }],
    [
      "with its header as Stripe writes it",
      { ...delivery(), headers: { "Stripe-Signature": `t=${at},v1=${genuine}` } },
    ],
    ["under an older secret", delivery({ secret: ["whsec_new", secret] })],
    ["while its secret is rolled, ours first", delivery({ signature: `t=${at},v1=${genuine},v1=${other}` })],
    ["while its secret is rolled, ours second", delivery({ signature: `t=${at},v1=${other},v1=${genuine}` })],
    [
      "with a signature of another scheme beside it",
      delivery({ signature: `t=${at},v1=${genuine},v0=${other}` }),
    ],
    ["with elements that nobody knows", delivery({ signature: `t=${at},v2=x,v1=${genuine},,y` })],
    ["with its time last", delivery({ signature: `v1=${genuine},t=${at}` })],
    ["with a timestamp that a number would rewrite", delivery({ time: `0${at}` })],
    ["whatever method and URL it names", delivery({ method: "PUT", url: "https://x.example" })],
  ])("is accepted %s", (_, input) => {
    expect(() => verifyStripeWebhook(input)).not.toThrow();
  });

  it.each([-240, 240])("F57 is accepted from a sender whose clock is %i s off", (seconds) => {
    expect(() => verifyStripeWebhook(delivery({ time: String(at + seconds) }))).not.toThrow();
  });

  it.each([-360, 360])("F57 is refused from a sender whose clock is %i s off", (seconds) => {
    expect(() => verifyStripeWebhook(delivery({ time: String(at + seconds) }))).toThrow(
      expect.objectContaining({ code: "webhook_unverified", reason: "timestamp_outside_window" }),
    );
  });

  it("F56 is refused when it is played again after the replay window", () => {
    const recorded = delivery();
    expect(() => verifyStripeWebhook(recorded)).not.toThrow();
    expect(() => verifyStripeWebhook({ ...recorded, now: now + 300_001 })).toThrow(unverified);
  });

  const base64 = Buffer.from(genuine, "hex").toString("base64");
  it.each<[string, StripeDelivery]>([
    [
      "signed with another secret",
      delivery({ signature: `t=${at},v1=${mac(`${at}.${payload}`, "whsec_other")}` }),
    ],
    [
      "signed with its secret less the prefix",
      delivery({ signature: `t=${at},v1=${mac(`${at}.${payload}`, secret.slice(6))}` }),
    ],
    ["whose body gained a byte", delivery({ body: `${payload} ` })],
    ["whose body lost a byte", delivery({ body: payload.slice(0, -1) })],
    ["whose body alone was signed", delivery({ signature: `t=${at},v1=${mac(payload)}` })],
    ["signed without the point", delivery({ signature: `t=${at},v1=${mac(`${at}${payload}`)}` })],
    ["whose timestamp was moved", delivery({ signature: `t=${at + 1},v1=${genuine}` })],
    ["whose timestamp became a float", delivery({ time: `${at}.0` })],
    ["whose timestamp is in exponents", delivery({ time: "1.7952192e9" })],
    ["whose timestamp is no number", delivery({ time: "soon" })],
    ["whose timestamp is empty", delivery({ time: "" })],
    ["whose timestamp is in milliseconds", delivery({ time: String(now) })],
    ["older than the replay window", delivery({ now: now + 300_001 })],
    ["from further ahead than the replay window", delivery({ now: now - 300_001 })],
    ["outside a narrower window", delivery({ now: now + 11, replayWindowMs: 10 })],
    ["with a signature of another scheme alone", delivery({ signature: `t=${at},v0=${genuine}` })],
    ["whose scheme is in capitals", delivery({ signature: `t=${at},V1=${genuine}` })],
    ["whose signature is base64", delivery({ signature: `t=${at},v1=${base64}` })],
    ["whose signature is in capitals", delivery({ signature: `t=${at},v1=${genuine.toUpperCase()}` })],
    ["whose signature is cut short", delivery({ signature: `t=${at},v1=${genuine.slice(0, -1)}` })],
    ["whose signature is longer", delivery({ signature: `t=${at},v1=${genuine}0` })],
    ["whose signature is empty", delivery({ signature: `t=${at},v1=` })],
    [
      "with seventeen signatures",
      delivery({ signature: `t=${at}${`,v1=${other}`.repeat(16)},v1=${genuine}` }),
    ],
    ["whose header is empty", delivery({ signature: "" })],
  ])("T01 T02 is refused %s", (_, input) => {
    expect(() => verifyStripeWebhook(input)).toThrow(unverified);
  });

  const signed = `t=${at},v1=${genuine}`;
  it.each<[string, Record<string, string | string[] | undefined>]>([
    ["without a signature", { "stripe-signature": undefined }],
    ["without a timestamp", { "stripe-signature": `v1=${genuine}` }],
    ["with two timestamps", { "stripe-signature": `t=${at},${signed}` }],
    ["with two headers", { "stripe-signature": [signed, signed] }],
    ["with two joined headers", { "stripe-signature": `${signed}, ${signed}` }],
    ["with a second header in another spelling", { "Stripe-Signature": signed }],
    ["with a blank behind the comma", { "stripe-signature": `t=${at}, v1=${genuine}` }],
    ["with a blank before its timestamp", { "stripe-signature": `t= ${at},v1=${genuine}` }],
  ])("T05 is refused %s", (_, headers) => {
    expect(() => verifyStripeWebhook(delivery({ headers }))).toThrow(unverified);
  });

  it.each<[string, string | readonly string[]]>([
    ["empty", ""],
    ["blank", "  "],
    ["a list of none", []],
    ["a list with an empty one", [secret, ""]],
  ])("T02 is not looked at when the secret is %s", (_, none) => {
    const forged = delivery({ secret: none, signature: `t=${at},v1=${mac(`${at}.${payload}`, "\0")}` });
    expect(() => verifyStripeWebhook(forged)).toThrow(misconfigured("secret"));
    expect(() => verifyStripeWebhook({ ...forged, headers: {} })).toThrow(misconfigured("secret"));
  });

  it("is not looked at when something parsed it before", () => {
    const parsed = { ...delivery(), body: JSON.parse(payload) as string };
    expect(() => verifyStripeWebhook(parsed)).toThrow(misconfigured("body"));
  });

  it("says nothing of secret, signature or body in its error", () => {
    try {
      verifyStripeWebhook(delivery({ body: `${payload}zoe` }));
      expect.unreachable();
    } catch (error) {
      const said = JSON.stringify(error, Object.getOwnPropertyNames(error));
      for (const hidden of [secret, genuine, "zoe"]) expect(said).not.toContain(hidden);
    }
  });
});

signatureVectors("stripe", resolve(import.meta.dirname, "../.."), verifyStripeWebhook);
