import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { verifyFathomWebhook } from "./verify.ts";

const key = Buffer.from("fathom-test-key-of-24-by");
const secret = `whsec_${key.toString("base64")}`;
const now = 1_795_219_200_000;
const time = String(now / 1_000);
const body = "{}";
const id = "msg_1";
const genuine = `v1,${createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64")}`;
const other = `v1,${Buffer.alloc(32).toString("base64")}`;

const reasonOf = (given: { id?: string; time?: string; signature?: string }): string | undefined => {
  const { id: named = id, signature = genuine, time: at = time } = given;
  const headers = { "webhook-id": named, "webhook-timestamp": at, "webhook-signature": signature };
  try {
    verifyFathomWebhook({ method: "POST", secret, now, body, headers });
    return undefined;
  } catch (error) {
    return (error as { reason?: string }).reason;
  }
};

// The reason is for the receiver's own log: a host that sees the wrong one looks for the wrong mistake.
it.each([
  [{}, undefined],
  [{ id: "" }, "id_malformed"],
  [{ id: "msg.1" }, "id_malformed"],
  [{ time: "soon" }, "timestamp_malformed"],
  [{ time: String(now / 1_000 - 301) }, "timestamp_outside_window"],
  [{ signature: "" }, "version_refused"],
  [{ signature: genuine.replace("v1,", "v1a,") }, "version_refused"],
  [{ signature: "v1,AAAA" }, "signature_malformed"],
  [{ signature: other }, "signature_mismatch"],
  [{ signature: [...Array.from({ length: 7 }, () => other), genuine].join(" ") }, undefined],
  [{ signature: [...Array.from({ length: 8 }, () => other), genuine].join(" ") }, "too_many_signatures"],
])("T05 a delivery with %j is told to be %s", (given, reason) => {
  expect(reasonOf(given)).toBe(reason);
});
