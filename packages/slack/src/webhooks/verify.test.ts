import { resolve } from "node:path";
import { deliveredAt, signatureVectors, verifierContract } from "@halo/core/testing";
import { expect, it } from "vitest";
import { slackSigning } from "../../test/signing-scheme.ts";
import { verifySlackWebhook } from "./verify.ts";

const { secret } = slackSigning;

verifierContract("Slack", slackSigning, verifySlackWebhook, {
  keys: { "its secret's bytes": Buffer.from(secret, "hex") },
  covers: { "under another version": (body, time) => [`v1:${time}:`, body] },
});

it("T45 a delivery is refused without a signature even when it is a check of the certificate, which Slack does not sign", () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = "ssl_check=1&token=verification-token";
  expect(() => verifySlackWebhook({ headers, body, secret, now: deliveredAt })).toThrow(
    expect.objectContaining({ code: "webhook_unverified" }),
  );
});

signatureVectors("slack", resolve(import.meta.dirname, "../.."), verifySlackWebhook);
