import type { ActionSubject, AnyAction } from "../define/action.ts";
import type { HttpDefinition } from "../define/http.ts";
import { ConfigurationError, ConflictError } from "../errors.ts";
import { systemClock } from "../ports/clock.ts";
import { actionTool } from "./action-tool.ts";
import { canonicalArguments } from "./canonical.ts";
import { createConfirmations } from "./confirmations.ts";
import { openVendor, runAlone, type StandaloneVendor } from "./run-action.ts";
import type { ActionOutcome, ActionTool } from "./tool.ts";

export interface StandaloneToolsOptions extends Omit<StandaloneVendor, "http"> {
  /** Whose records they are about, from the host and never from the model. */
  readonly subject?: ActionSubject;
  /** By action. Default: each action's defaults. */
  readonly config?: { readonly [action: string]: unknown };
  /** Ids of the actions that are wanted. Default: all that need no human's approval. */
  readonly only?: readonly string[];
}

/** Outcomes that are remembered for calls that are repeated, in this process. */
const maxRemembered = 1_000;

/**
 * A vendor's actions as tools, without a store. A framework that repeats a tool call with the same id gets the outcome
 * of the first, as long as these tools live.
 */
export function standaloneTools(
  vendor: {
    readonly id: string;
    readonly http: HttpDefinition;
    readonly actions?: readonly AnyAction[];
  },
  options: StandaloneToolsOptions,
): readonly ActionTool[] {
  const clock = options.clock ?? systemClock;
  const alone = {
    clock,
    vendor: openVendor({ ...options, http: vendor.http }, clock),
    place: vendor.id,
    confirmations: createConfirmations(clock),
  };
  const actions = vendor.actions ?? [];
  for (const id of options.only ?? []) {
    if (actions.some((action) => action.id === id)) continue;
    throw new ConfigurationError(`"${vendor.id}" has no action "${id}".`, { option: "only" });
  }
  const wanted = actions.filter(({ approval, id }) =>
    options.only ? options.only.includes(id) : approval === undefined,
  );
  return wanted.map((action) => {
    const remembered = new Map<
      string,
      { readonly input: string; readonly outcome: Promise<ActionOutcome> }
    >();
    return actionTool(vendor.id, action, async (input, call = {}) => {
      const run = () =>
        runAlone(action, { ...options, ...call, input, config: options.config?.[action.id] } as never, alone);
      const { confirmation, idempotencyKey } = call;
      if (idempotencyKey === undefined) return await run();
      const key = JSON.stringify([idempotencyKey, confirmation]);
      const { text } = canonicalArguments(input);
      const known = remembered.get(key);
      if (known && known.input !== text) {
        throw new ConflictError("This idempotency key was used with other arguments: use another one.", {
          current: "used",
        });
      }
      if (known) {
        const outcome = await known.outcome;
        return outcome.status === "succeeded" ? { ...outcome, repeated: true } : outcome;
      }
      const outcome = run();
      remembered.set(key, { input: text, outcome });
      const [oldest] = remembered.keys();
      if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
      return await outcome;
    });
  });
}
