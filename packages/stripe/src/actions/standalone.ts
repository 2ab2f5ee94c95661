import type { Json } from "@halo/core";
import {
  type ActionDefinition,
  type ActionTool,
  type Approver,
  type OutcomeOf,
  type StandaloneActions,
  standaloneActions,
  type VendorAccess,
  type VendorRunOptions,
  type VendorToolsOptions,
} from "@halo/core/actions";
import { API_ORIGIN, http } from "../http.ts";
import { actions } from "./actions.ts";

interface Reach {
  /** Another place than Stripe's own, such as an emulator's. */
  readonly origins?: { readonly api: string };
}

interface Asked {
  /**
   * Puts each call before a person and waits for their word: `{ approvedBy }` names who said yes, anything else is a no.
   * There is no action at Stripe without it, and no model reaches it.
   */
  readonly approve: Approver;
}

/** Stripe without a Halo: a restricted key or an access token that the host keeps. */
export type StripeAccess = VendorAccess & Reach & Asked;

export type StripeToolsOptions = VendorToolsOptions<Reach> & Asked;

export type StripeRunOptions<Input> = VendorRunOptions<Reach, Input> & Asked;

const alone: StandaloneActions<Reach> = /* @__PURE__ */ standaloneActions<Reach>({
  id: "stripe",
  http: ({ origins }) => http(origins?.api ?? API_ORIGIN),
  actions: () => actions,
});

/**
 * Stripe's actions as tools for an agent framework, about one customer, without a store. Each call is put before a person by
 * `approve`, and done once they said yes. Throws `configuration_invalid` for an unknown id in `only`.
 *
 * @example
 * const tools = stripeActions({ accessToken, subject: { ids: { stripe: "cus_…" } }, approve: askInTheAdminPanel });
 */
export function stripeActions(options: StripeToolsOptions): readonly ActionTool[] {
  return alone.tools(options);
}

/**
 * Runs one of Stripe's actions once a person said yes, checked and retried as in the engine, without its ledger; Stripe itself
 * acts once for each `idempotencyKey`, for a day. Throws what `runAction` throws.
 *
 * @example
 * const outcome = await runStripeAction(refund, { accessToken, subject, approve, input: { payment, amount: 1_250, currency: "eur" } });
 */
export function runStripeAction<Input, Config, Output extends Json>(
  action: ActionDefinition<Input, Config, Output>,
  options: StripeRunOptions<Input>,
): Promise<OutcomeOf<Output>> {
  return alone.run(action, options);
}
