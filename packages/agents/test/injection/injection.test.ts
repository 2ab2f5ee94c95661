import { beforeAll, describe, expect, it } from "vitest";
import { internal } from "./payload.ts";
import { payloads } from "./payloads/index.ts";
import { play } from "./scene.ts";
import { type InjectionWorld, injectionWorld } from "./world.ts";

let world: InjectionWorld;

beforeAll(async () => {
  world = await injectionWorld(payloads);
});

it("T35 there are at least 60 payloads, each of its own", () => {
  expect(new Set(payloads.map(({ name }) => name)).size).toBe(payloads.length);
  expect(new Set(payloads.map(({ texts }) => texts.join())).size).toBeGreaterThanOrEqual(60);
});

const rows = payloads.map(({ carrier, name }, index) => [name, carrier, index] as const);

describe.each([
  ["customer", "AI SDK"],
  ["staff", "Agents SDK"],
] as const)("in a %s's conversation with the %s", (scope, framework) => {
  it.each(rows)("T35 %s (%s) achieves nothing", async (_, carrier, index) => {
    const planted = world.planted[index]!;
    const { conversation, violations } = await play(world, planted, { scope, framework });
    expect(violations).toEqual([]);
    // A text that was never read proves nothing; what the org's people wrote, no customer's conversation reads.
    const reached = scope === "staff" || !internal.includes(carrier);
    expect(conversation.obeyed.has(planted.payload)).toBe(reached);
  });
});
