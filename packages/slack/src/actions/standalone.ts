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
import { API_ORIGIN, http, type SlackDistribution } from "../http.ts";
import { actions } from "./actions.ts";

/** Slack without a Halo: a token that the host keeps. */
export interface SlackAccess {
  /** A bot token, or a function that brings the one that is good now. */
  readonly accessToken: RunActionOptions["token"];
  /** Another place than Slack's own, such as an emulator's. */
  readonly origins?: { readonly api: string };
  /** How often a channel may be searched for what was posted. Default `unlisted`, the tightest. */
  readonly distribution?: SlackDistribution;
}

export type SlackToolsOptions = SlackAccess & Omit<StandaloneToolsOptions, "token">;

const definition = ({ distribution = "unlisted", origins }: Omit<SlackAccess, "accessToken">) =>
  http(origins?.api ?? API_ORIGIN, distribution);

/**
 * Slack's actions as tools for an agent framework, without a store. Throws `configuration_invalid` for an unknown id in
 * `only`.
 *
 * @example
 * const tools = slackActions({ accessToken, config: { post_message: { default_channel: "C0123ABCD" } } });
 */
export function slackActions(options: SlackToolsOptions): readonly ActionTool[] {
  const { accessToken, distribution, origins, ...rest } = options;
  const http = definition({ ...(distribution && { distribution }), ...(origins && { origins }) });
  return standaloneTools({ id: "slack", http, actions }, { ...rest, token: accessToken });
}

export type SlackRunOptions<Input> = SlackAccess &
  Omit<RunActionOptions, "http" | "token" | "input"> & { readonly input: Input };

/** As an `ActionOutcome`, with the output of this action. */
export type OutcomeOf<Output extends Json> =
  | Exclude<ActionOutcome, { readonly status: "succeeded" }>
  | (Extract<ActionOutcome, { readonly status: "succeeded" }> & { readonly output: Output });

/**
 * Runs one of Slack's actions, checked and retried as in the engine, without its ledger. Throws what `runAction` throws.
 *
 * @example
 * const outcome = await runSlackAction(postMessage, { accessToken, input: { channel: "C0123ABCD", text: "Hello" } });
 */
export async function runSlackAction<Input, Config, Output extends Json>(
  action: ActionDefinition<Input, Config, Output>,
  options: SlackRunOptions<Input>,
): Promise<OutcomeOf<Output>> {
  const { accessToken, distribution, origins, ...rest } = options;
  const http = definition({ ...(distribution && { distribution }), ...(origins && { origins }) });
  return (await runAction(action, { ...rest, http, token: accessToken })) as OutcomeOf<Output>;
}
