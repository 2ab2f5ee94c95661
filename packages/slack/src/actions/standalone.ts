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
import { API_ORIGIN, http, type SlackDistribution } from "../http.ts";
import { actions } from "./actions.ts";

interface Reach {
  /** Another place than Slack's own, such as an emulator's. */
  readonly origins?: { readonly api: string };
  /** How often a channel may be searched for what was posted. Default `unlisted`, the tightest. */
  readonly distribution?: SlackDistribution;
}

/** Slack without a Halo: a bot token that the host keeps. */
export type SlackAccess = VendorAccess & Reach;

export type SlackToolsOptions = VendorToolsOptions<Reach>;

export type SlackRunOptions<Input> = VendorRunOptions<Reach, Input>;

const alone: StandaloneActions<Reach> = /* @__PURE__ */ standaloneActions<Reach>({
  id: "slack",
  http: ({ distribution = "unlisted", origins }) => http(origins?.api ?? API_ORIGIN, distribution),
  actions: () => actions,
});

/**
 * Slack's actions as tools for an agent framework, without a store. Throws `configuration_invalid` for an unknown id in
 * `only`.
 *
 * @example
 * const tools = slackActions({ accessToken, config: { post_message: { default_channel: "C0123ABCD" } } });
 */
export function slackActions(options: SlackToolsOptions): readonly ActionTool[] {
  return alone.tools(options);
}

/**
 * Runs one of Slack's actions, checked and retried as in the engine, without its ledger. Throws what `runAction` throws.
 *
 * @example
 * const outcome = await runSlackAction(postMessage, { accessToken, input: { channel: "C0123ABCD", text: "Hello" } });
 */
export function runSlackAction<Input, Config, Output extends Json>(
  action: ActionDefinition<Input, Config, Output>,
  options: SlackRunOptions<Input>,
): Promise<OutcomeOf<Output>> {
  return alone.run(action, options);
}
