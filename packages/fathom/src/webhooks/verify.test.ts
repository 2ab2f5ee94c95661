import { resolve } from "node:path";
import {
  type DeliveryChanges,
  deliveredAt,
  signatureOf,
  signatureVectors,
  signedDelivery,
  verifierContract,
} from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { fathomSigning, webhookId as id, secretOf } from "../../test/signing-scheme.ts";
import { verifyFathomWebhook } from "./verify.ts";

const { secret } = fathomSigning;
const base64 = secret.slice("whsec_".length);

verifierContract("Fathom", fathomSigning, verifyFathomWebhook, {
  keys: { "its secret's text": secret, "its secret's base64": base64 },
  covers: { "without its id": (body, time) => [`${time}.`, body] },
  secrets: { "without its prefix": base64, "its prefix alone": "whsec_", "no base64": "whsec_not base64!" },
});

const payload = '{"recording_id":1}';
const at = deliveredAt / 1_000;
const sign = (...parts: string[]) => signatureOf(fathomSigning, parts);
const genuine = sign(`${id}.${at}.${payload}`);
const foreign = signatureOf(fathomSigning, [`${id}.${at}.${payload}`], "another");

const verify = (changes: DeliveryChanges) => () =>
  verifyFathomWebhook(signedDelivery(fathomSigning, { body: payload, ...changes }));
const unverified = expect.objectContaining({ code: "webhook_unverified" });

describe("a Fathom secret", () => {
  it("T01 is each webhook's own, however many there are and in whatever order they come", () => {
    const keys = Array.from({ length: 600 }, (_, at) => Buffer.from(`key of webhook ${at}`));
    for (const round of [keys, keys.toReversed(), keys.slice(0, 2)]) {
      for (const [at, key] of round.entries()) {
        expect(verify({ secret: secretOf(key), key })).not.toThrow();
        const other = keys[(at + 300) % keys.length];
        if (other === undefined || other === key) continue;
        expect(verify({ secret: secretOf(key), key: other })).toThrow(unverified);
      }
    }
  });

  it("T01 that is none is refused again and again", () => {
    for (let times = 0; times < 3; times++) {
      expect(verify({ secret: "whsec_" })).toThrow(
        expect.objectContaining({ code: "configuration_invalid", option: "secret" }),
      );
    }
  });
});

describe("the signatures of a Fathom delivery", () => {
  it.each([
    ["two, the second ours", `${foreign} ${genuine}`],
    ["eight, the last ours", `${`${foreign} `.repeat(7)}${genuine}`],
    ["ours beside one of another version", `v1a,AAAA ${genuine}`],
    ["ours beside a malformed one", `v1,AAAA ${genuine}`],
  ])("may be %s", (_, signature) => {
    expect(verify({ signature })).not.toThrow();
  });

  it.each([
    ["joined by a comma", `${genuine},${genuine}`],
    ["nine, the last ours", `${`${foreign} `.repeat(8)}${genuine}`],
    ["two, neither ours", `${foreign} ${foreign}`],
  ])("T01 are refused when they are %s", (_, signature) => {
    expect(verify({ signature })).toThrow(unverified);
  });
});

describe("the id of a Fathom delivery", () => {
  it.each<[string, DeliveryChanges]>([
    ["was changed", { headers: { "webhook-id": "msg_other" } }],
    [
      "swallows the timestamp",
      { headers: { "webhook-id": `${id}.${at}` }, signature: sign(`${id}.${at}.${at}.${payload}`) },
    ],
    ["is empty", { headers: { "webhook-id": "" }, signature: sign(`.${at}.${payload}`) }],
  ])("T01 T05 is refused when it %s", (_, changes) => {
    expect(verify(changes)).toThrow(unverified);
  });
});

signatureVectors("fathom", resolve(import.meta.dirname, "../.."), verifyFathomWebhook);
