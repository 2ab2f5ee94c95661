import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { type HubSpotSignatureVersion, verifyHubSpotWebhook } from "./verify.ts";

const secret = "s3cret";
const url = "https://app.example.org/hooks";
const now = 1_795_219_200_000;
const body = "[]";
const V3 = "x-hubspot-signature-v3";
const TIME = "x-hubspot-request-timestamp";
const genuine = createHmac("sha256", secret).update(`POST${url}${body}${now}`).digest("base64");
const signed = { [V3]: genuine, [TIME]: String(now) };

const reasonOf = (headers: Record<string, string>): string | undefined => {
  try {
    verifyHubSpotWebhook({ method: "POST", url, secret, now, body, headers });
    return undefined;
  } catch (error) {
    return (error as { reason?: string }).reason;
  }
};

// The reason is for the receiver's own log: a host that sees the wrong one looks for the wrong mistake.
it.each([
  [signed, undefined],
  [{ [V3]: genuine }, "header_missing"],
  [{ [TIME]: String(now) }, "header_missing"],
  [{}, "header_missing"],
  [{ ...signed, [TIME]: "soon" }, "timestamp_malformed"],
  [{ ...signed, [V3]: genuine.slice(1) }, "signature_malformed"],
  [{ ...signed, [V3]: Buffer.alloc(32).toString("base64") }, "signature_mismatch"],
])("T05 a delivery with %j is told to be %s", (headers, reason) => {
  expect(reasonOf(headers)).toBe(reason);
});

it.each(["v4", "v10", "xv3", "V3", ""])("accepts no version that is called %j", (version) => {
  const versions: readonly HubSpotSignatureVersion[] = ["v3", version as HubSpotSignatureVersion];
  const delivery = { method: "POST", url, secret, now, body, headers: signed, versions };
  expect(() => verifyHubSpotWebhook(delivery)).toThrow(
    expect.objectContaining({ code: "configuration_invalid", option: "versions" }),
  );
});
