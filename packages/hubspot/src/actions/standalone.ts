import type { Json } from "@halo/core";
import {
  type ActionDefinition,
  type ActionTool,
  type OutcomeOf,
  type StandaloneActions,
  standaloneActions,
  type VendorAccess,
  type VendorRunOptions,
  type VendorToolsOptions,
} from "@halo/core/actions";
import { API_ORIGIN, http } from "../http.ts";
import { API_VERSION, paths } from "../paths.ts";
import { actions } from "./actions.ts";

interface Reach {
  /** Another place than HubSpot's own, such as an emulator's. */
  readonly origins?: { readonly api: string };
}

interface Versioned extends Reach {
  /** The date in HubSpot's paths. Default "2026-09". */
  readonly apiVersion?: string;
}

/** HubSpot without a Halo: an OAuth access token or a service key that the host keeps. */
export type HubSpotAccess = VendorAccess & Reach;

export type HubSpotToolsOptions = VendorToolsOptions<Versioned>;

export type HubSpotRunOptions<Input> = VendorRunOptions<Reach, Input>;

const alone: StandaloneActions<Versioned> = /* @__PURE__ */ standaloneActions<Versioned>({
  id: "hubspot",
  http: ({ origins }) => http(origins?.api ?? API_ORIGIN),
  actions: ({ apiVersion = API_VERSION }) => actions(paths(apiVersion)),
});

/**
 * HubSpot's actions as tools for an agent framework, about one customer, without a store. `update_contact` asks the user
 * first. Throws `configuration_invalid` for an unknown id in `only`.
 *
 * @example
 * const tools = hubspotActions({ accessToken, subject: { email: "ada@example.com" }, config: { create_deal: { stage } } });
 */
export function hubspotActions(options: HubSpotToolsOptions): readonly ActionTool[] {
  return alone.tools(options);
}

/**
 * Runs one of HubSpot's actions, checked and retried as in the engine, without its ledger. Throws what `runAction`
 * throws, and `not_found` where no contact has the customer's address.
 *
 * @example
 * const outcome = await runHubSpotAction(createDeal, { accessToken, subject: { email }, input: { name: "Renewal" } });
 */
export function runHubSpotAction<Input, Config, Output extends Json>(
  action: ActionDefinition<Input, Config, Output>,
  options: HubSpotRunOptions<Input>,
): Promise<OutcomeOf<Output>> {
  return alone.run(action, options);
}
