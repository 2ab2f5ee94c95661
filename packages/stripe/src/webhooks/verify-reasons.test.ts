import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { verifyStripeWebhook } from "./verify.ts";

const secret = "whsec_5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const now = 1_795_219_200_000;
const time = String(now / 1_000);
const body = "{}";
const genuine = `v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
const other = `v1=${"0".repeat(64)}`;

const reasonOf = (signature: string): string | undefined => {
  try {
    verifyStripeWebhook({ method: "POST", secret, now, body, headers: { "stripe-signature": signature } });
    return undefined;
  } catch (error) {
    return (error as { reason?: string }).reason;
  }
};

// The reason is for the receiver's own log: a host that sees the wrong one looks for the wrong mistake.
it.each([
  [`t=${time},${genuine}`, undefined],
  [genuine, "timestamp_missing"],
  [`t=${time}`, "version_refused"],
  [`t=${time},v0=${genuine.slice(3)}`, "version_refused"],
  [`t=${time},t=${time},${genuine}`, "timestamp_duplicate"],
  [`t=${time}, ${genuine}`, "header_malformed"],
  [[`t=${time}`, ...Array.from({ length: 15 }, () => other), genuine].join(","), undefined],
  [[`t=${time}`, ...Array.from({ length: 16 }, () => other), genuine].join(","), "signature_malformed"],
])("T05 the signature %j is told to be %s", (signature, reason) => {
  expect(reasonOf(signature)).toBe(reason);
});
