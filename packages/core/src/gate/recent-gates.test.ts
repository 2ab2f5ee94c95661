import { describe, expect, it } from "vitest";
import type { ActionGates, ActionStore } from "../index.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { createRecentGates } from "./recent-gates.ts";

const asked = { agentId: "helper", integration: "acme", action: "charge", connectionId: "c-1" };

function looking() {
  const clock = fakeClock();
  let looks = 0;
  let away = false;
  const gates = async () => {
    if (away) throw new Error("away");
    looks += 1;
    return { stopped: false, looks } as unknown as ActionGates;
  };
  return {
    clock,
    recent: createRecentGates({ gates } as unknown as ActionStore, clock),
    goAway: () => {
      away = true;
    },
  };
}

describe("what the gates showed a moment ago", () => {
  it("is known for less than five seconds, and by every look anew", async () => {
    const { clock, recent } = looking();
    expect(recent.known("o", asked)).toBeUndefined();
    const first = await recent.look("o", asked);
    await clock.advance(4_999);
    expect(recent.known("o", asked)).toBe(first);
    const second = await recent.look("o", asked);
    await clock.advance(4_999);
    expect(recent.known("o", asked)).toBe(second);
    await clock.advance(1);
    expect(recent.known("o", asked)).toBeUndefined();
  });

  it.each([
    ["org", "p", asked],
    ["agent", "o", { ...asked, agentId: "other" }],
    ["integration", "o", { ...asked, integration: "other" }],
    ["action", "o", { ...asked, action: "refund" }],
    ["connection", "o", { ...asked, connectionId: "c-2" }],
    ["connection, which nobody named,", "o", { ...asked, connectionId: undefined }],
  ])("says nothing of another %s", async (_, org, other) => {
    const { recent } = looking();
    await recent.look("o", asked);
    expect(recent.known(org, other)).toBeUndefined();
  });

  it("is forgotten by a look that fails", async () => {
    const { goAway, recent } = looking();
    await recent.look("o", asked);
    goAway();
    await expect(recent.look("o", asked)).rejects.toThrow("away");
    expect(recent.known("o", asked)).toBeUndefined();
  });

  it("is kept of a thousand calls at most", async () => {
    const { recent } = looking();
    for (let org = 1; org <= 1_000; org++) await recent.look(`o${org}`, asked);
    expect(recent.known("o1", asked)).toBeDefined();
    expect(recent.known("o1000", asked)).toBeDefined();
    await recent.look("o1001", asked);
    expect(recent.known("o1", asked)).toBeUndefined();
    expect(recent.known("o1001", asked)).toBeDefined();
  });
});
