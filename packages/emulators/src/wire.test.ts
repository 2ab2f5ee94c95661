import { expect, it } from "vitest";
import { setUp } from "../test/requests.ts";
import type { WireEffect } from "./faults.ts";

const LIST = "https://api.hubapi.com/crm/objects/2026-09/contacts?limit=5";

function harmed(effect: WireEffect) {
  const { emulator, token, clock } = setUp();
  emulator.faults.add({ effect });
  const ask = (signal?: AbortSignal) =>
    emulator.fetch(
      new Request(LIST, { headers: { authorization: `Bearer ${token}` }, ...(signal && { signal }) }),
    );
  return { ask, clock };
}

it("F24 in-process a reset is a body that fails, or a fetch that does when nothing was sent", async () => {
  const answer = await harmed({ type: "reset" }).ask();
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow("reset");
  await expect(harmed({ type: "reset", afterBytes: 0 }).ask()).rejects.toThrow("reset");
});

it("F24 in-process a black hole settles only when the caller gives up", async () => {
  const abort = new AbortController();
  const asked = harmed({ type: "blackHole" }).ask(abort.signal);
  abort.abort(new Error("deadline"));
  await expect(asked).rejects.toThrow("deadline");
});

it("F25 in-process a body trickles by the emulator's clock", async () => {
  const { ask, clock } = harmed({ type: "trickle", bytes: 100, everyMs: 1_000 });
  const reader = (await ask()).body?.getReader();
  let arrived = 0;
  void (async () => {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return;
      arrived += value?.length ?? 0;
    }
  })();
  await clock.advance(3_000);
  expect(arrived).toBe(300);
});
