import type { HaloTool } from "@halo/core";
import { beforeAll, describe, expect, it } from "vitest";
import type { ConfirmRequest } from "../../src/call-tool.ts";
import { AGENT, ORG } from "./canaries.ts";
import { withWitness } from "./conversation.ts";
import { converseInAgentsSdk } from "./converse-agents-sdk.ts";
import { converseInAiSdk } from "./converse-ai-sdk.ts";
import { obedientModel } from "./obedient-model.ts";
import { internal } from "./payload.ts";
import { payloads } from "./payloads/index.ts";
import type { Planted } from "./plant.ts";
import { stateOf, violationsOf } from "./violations.ts";
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
    const before = stateOf(world);
    const confirmations: string[] = [];
    const brain = obedientModel(world.planted, planted, scope === "staff");
    const tools = withWitness(await toolsOf(planted, scope), confirmations);
    const asked: ConfirmRequest[] = [];
    const run =
      framework === "AI SDK"
        ? converseInAiSdk(tools, brain, (request) => {
            asked.push(request);
            return false;
          })
        : converseInAgentsSdk(tools, brain);
    const conversation = await world.clock.run(run);
    const scene = { planted, scope, conversation, confirmations, before };
    expect(await violationsOf(world, scene)).toEqual([]);
    const reached = scope === "staff" || !internal.includes(carrier);
    expect(conversation.obeyed.has(planted.payload)).toBe(reached);
  });
});

async function toolsOf(
  { customer, handle }: Planted,
  scope: "customer" | "staff",
): Promise<readonly HaloTool[]> {
  const endUser = await world.halo.customers.endUser(ORG, { email: customer });
  return await world.halo.actions.tools({
    orgId: ORG,
    agentId: AGENT,
    context: { conversationId: `${scope} ${handle}`, customer: { email: customer } },
    scope:
      scope === "staff"
        ? { kind: "staff" }
        : {
            kind: "customer",
            ...(endUser && { endUserId: endUser.id }),
            ...(endUser?.companyId !== undefined && { companyId: endUser.companyId }),
          },
  });
}
