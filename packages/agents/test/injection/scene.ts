import type { HaloTool } from "@halo/core";
import { AGENT, ORG } from "./canaries.ts";
import { type Conversation, withWitness } from "./conversation.ts";
import { converseInAgentsSdk } from "./converse-agents-sdk.ts";
import { converseInAiSdk } from "./converse-ai-sdk.ts";
import { obedientModel } from "./obedient-model.ts";
import type { Planted } from "./plant.ts";
import { stateOf, type Violation, violationsOf } from "./violations.ts";
import type { InjectionWorld } from "./world.ts";

export interface Staging {
  readonly scope: "customer" | "staff";
  readonly framework: "AI SDK" | "Agents SDK";
  /** What is put between Halo's tools and the framework: a hole, for a test of the tests. */
  readonly between?:
    | ((tools: readonly HaloTool[]) => readonly HaloTool[] | Promise<readonly HaloTool[]>)
    | undefined;
  /** What the user says when the host asks. Default: no. */
  readonly user?: () => boolean;
}

/** Plays a conversation about one payload with the obedient model, and says what came of it that should not. */
export async function play(
  world: InjectionWorld,
  planted: Planted,
  { between = (tools) => tools, framework, scope, user = () => false }: Staging,
): Promise<{
  readonly violations: readonly Violation[];
  readonly conversation: Conversation;
  readonly confirmations: readonly string[];
}> {
  const before = stateOf(world);
  const confirmations: string[] = [];
  const brain = obedientModel(world.planted, planted, scope === "staff");
  const tools = await between(withWitness(await toolsOf(world, planted, scope), confirmations));
  const conversation = await world.clock.run(
    framework === "AI SDK" ? converseInAiSdk(tools, brain, user) : converseInAgentsSdk(tools, brain),
  );
  const scene = { planted, scope, conversation, confirmations, before };
  return { violations: await violationsOf(world, scene), conversation, confirmations };
}

/** The frameworks' models number their calls alike, and the same call of a conversation is made once. */
let conversations = 0;

/** As a host makes them: who the customer is, and how far they see, are the host's to say. */
export async function toolsOf(
  { halo }: InjectionWorld,
  { customer, handle }: Pick<Planted, "customer" | "handle">,
  scope: "customer" | "staff",
): Promise<readonly HaloTool[]> {
  const endUser = await halo.customers.endUser(ORG, { email: customer });
  const { companyId, id: endUserId } = endUser ?? {};
  const own = { ...(endUserId && { endUserId }), ...(companyId && { companyId }) };
  return await halo.actions.tools({
    orgId: ORG,
    agentId: AGENT,
    context: { conversationId: `${scope} ${handle} ${conversations++}`, customer: { email: customer } },
    scope: scope === "staff" ? { kind: "staff" } : { kind: "customer", ...own },
  });
}
