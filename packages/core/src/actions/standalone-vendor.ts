import type { ActionDefinition, AnyAction } from "../define/action.ts";
import type { HttpDefinition } from "../define/http.ts";
import type { Json } from "../define/json.ts";
import { type RunActionOptions, runAction } from "./run-action.ts";
import { type StandaloneToolsOptions, standaloneTools } from "./standalone-tools.ts";
import type { TokenSource } from "./token-authorization.ts";
import type { ActionOutcome, ActionTool } from "./tool.ts";

/** As an `ActionOutcome`, with the output of this action. */
export type OutcomeOf<Output extends Json> =
  | Exclude<ActionOutcome, { readonly status: "succeeded" }>
  | (Extract<ActionOutcome, { readonly status: "succeeded" }> & { readonly output: Output });

/** A vendor without a Halo: a token that the host keeps, or a function that brings the one that is good now. */
export interface VendorAccess {
  readonly accessToken: TokenSource;
}

/** What makes tools of a vendor's actions; `Reach` is what else it takes to get there. */
export type VendorToolsOptions<Reach> = VendorAccess & Reach & Omit<StandaloneToolsOptions, "token">;

export type VendorRunOptions<Reach, Input> = VendorAccess &
  Reach &
  Omit<RunActionOptions, "http" | "token" | "input"> & { readonly input: Input };

/** The two functions that every vendor's actions entry has. */
export interface StandaloneActions<Reach> {
  tools(options: VendorToolsOptions<Reach>): readonly ActionTool[];
  run<Input, Config, Output extends Json>(
    action: ActionDefinition<Input, Config, Output>,
    options: VendorRunOptions<Reach, Input>,
  ): Promise<OutcomeOf<Output>>;
}

/** A vendor's actions without a store: how it is reached, and what it can do there. */
export function standaloneActions<Reach>(vendor: {
  readonly id: string;
  readonly http: (reach: Reach) => HttpDefinition;
  readonly actions: (reach: Reach) => readonly AnyAction[];
}): StandaloneActions<Reach> {
  const { id } = vendor;
  return {
    tools(options) {
      const of = { id, http: vendor.http(options), actions: vendor.actions(options) };
      return standaloneTools(of, { ...options, token: options.accessToken });
    },
    async run<Input, Config, Output extends Json>(
      action: ActionDefinition<Input, Config, Output>,
      options: VendorRunOptions<Reach, Input>,
    ) {
      const how = { ...options, http: vendor.http(options), token: options.accessToken };
      return (await runAction(action, how)) as OutcomeOf<Output>;
    },
  };
}
