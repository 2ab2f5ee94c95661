import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startReceiver } from "./receiver.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

it("tells another system, once, of what its filter lets through, so that the scheme's own library accepts it", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@halo/source", main]);
  expect(stdout).toBe("new: true, then: false\nnew_ticket: New ticket: Export is empty\n");
});

it("takes nothing that is not signed", async () => {
  const told: unknown[] = [];
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const receiver = await startReceiver(secret, (one) => told.push(one));
  const headers = { "webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" };
  const { status } = await fetch(receiver.url, { method: "POST", headers, body: "{}" });
  expect([status, told]).toEqual([401, []]);
  await receiver.close();
});
