import type { Json } from "@halo/core";
import {
  type ActionDefinition,
  type ActionOutcome,
  type ActionTool,
  type RunActionOptions,
  runAction,
  type StandaloneToolsOptions,
  standaloneTools,
} from "@halo/core/actions";
import { API_ORIGIN, http } from "../http.ts";
import { API_VERSION, paths } from "../paths.ts";
import { actions } from "./actions.ts";

/** HubSpot without a Halo: a token that the host keeps, and the customer that the conversation is with. */
export interface HubSpotAccess {
  /** An OAuth access token, a service key, or a function that brings the one that is good now. */
  readonly accessToken: RunActionOptions["token"];
  /** Another place than HubSpot's own, such as an emulator's. */
  readonly origins?: { readonly api: string };
}

export type HubSpotToolsOptions = HubSpotAccess &
  Omit<StandaloneToolsOptions, "token"> & {
    /** The date in HubSpot's paths. Default "2026-09". */
    readonly apiVersion?: string;
  };

/**
 * HubSpot's actions as tools for an agent framework, about one customer, without a store. `update_contact` asks the user
 * first. Throws `configuration_invalid` for an unknown id in `only`.
 *
 * @example
 * const tools = hubspotActions({ accessToken, subject: { email: "ada@example.com" }, config: { create_deal: { stage } } });
 */
export function hubspotActions(options: HubSpotToolsOptions): readonly ActionTool[] {
  const { accessToken, apiVersion = API_VERSION, origins, ...rest } = options;
  const vendor = {
    id: "hubspot",
    http: http(origins?.api ?? API_ORIGIN),
    actions: actions(paths(apiVersion)),
  };
  return standaloneTools(vendor, { ...rest, token: accessToken });
}

export type HubSpotRunOptions<Input> = HubSpotAccess &
  Omit<RunActionOptions, "http" | "token" | "input"> & { readonly input: Input };

/** As an `ActionOutcome`, with the output of this action. */
export type OutcomeOf<Output extends Json> =
  | Exclude<ActionOutcome, { readonly status: "succeeded" }>
  | (Extract<ActionOutcome, { readonly status: "succeeded" }> & { readonly output: Output });

/**
 * Runs one of HubSpot's actions, checked and retried as in the engine, without its ledger. Throws what `runAction`
 * throws, and `not_found` where no contact has the customer's address.
 *
 * @example
 * const outcome = await runHubSpotAction(createDeal, { accessToken, subject: { email }, input: { name: "Renewal" } });
 */
export async function runHubSpotAction<Input, Config, Output extends Json>(
  action: ActionDefinition<Input, Config, Output>,
  options: HubSpotRunOptions<Input>,
): Promise<OutcomeOf<Output>> {
  const { accessToken, origins, ...rest } = options;
  const outcome = await runAction(action, {
    ...rest,
    http: http(origins?.api ?? API_ORIGIN),
    token: accessToken,
  });
  return outcome as OutcomeOf<Output>;
}
