import { createHmac } from "node:crypto";
import { expect, it, vi } from "vitest";
import { verifyFathomWebhook } from "./verify.ts";

const decoded = vi.hoisted(() => ({ count: 0 }));
vi.mock("@halo/core/signing", async (original) => {
  const signing = await original<typeof import("@halo/core/signing")>();
  const decodeBytes: typeof signing.decodeBytes = (text) => {
    decoded.count += 1;
    return signing.decodeBytes(text);
  };
  return { ...signing, decodeBytes };
});

const now = 1_795_219_200_000;
const time = String(now / 1_000);

/** Verifies a delivery of the webhook of that number, and says how many secrets were decoded for it. */
function verified(webhook: number): number {
  const key = Buffer.from(`fathom-test-key-${webhook}`);
  const signature = `v1,${createHmac("sha256", key).update(`msg_1.${time}.{}`).digest("base64")}`;
  const headers = { "webhook-id": "msg_1", "webhook-timestamp": time, "webhook-signature": signature };
  const before = decoded.count;
  verifyFathomWebhook({ secret: `whsec_${key.toString("base64")}`, now, body: "{}", headers });
  return decoded.count - before;
}

it("a secret is decoded once, and that of each of 256 webhooks is kept", () => {
  const webhooks = Array.from({ length: 256 }, (_, at) => at);
  expect(webhooks.map(verified)).toEqual(webhooks.map(() => 1));
  expect(webhooks.map(verified)).toEqual(webhooks.map(() => 0));
  // One more than are kept: all are let go of, and none verifies another's delivery.
  expect(verified(256)).toBe(1);
  expect([0, 1, 256, 0].map(verified)).toEqual([1, 1, 0, 0]);
});
