import type { ActionSubject, AnyAction } from "../define/action.ts";
import type { HttpDefinition } from "../define/http.ts";
import { ConfigurationError, ConflictError } from "../errors.ts";
import { systemClock } from "../ports/clock.ts";
import { actionTool } from "./action-tool.ts";
import type { Approver } from "./ask-approver.ts";
import { canonicalArguments } from "./canonical.ts";
import { createConfirmations } from "./confirmations.ts";
import { openVendor, runAlone, type StandaloneVendor } from "./run-action.ts";
import type { ActionOutcome, ActionTool } from "./tool.ts";

export interface StandaloneToolsOptions extends Omit<StandaloneVendor, "http"> {
  /** Whose records they are about, from the host and never from the model. */
  readonly subject?: ActionSubject;
  /** By action. Default: each action's defaults. */
  readonly config?: { readonly [action: string]: unknown };
  /** Ids of the actions that are wanted. Default: all; those that need a human's yes only with `approve`. */
  readonly only?: readonly string[];
  /**
   * Puts a call that needs a human's yes before a person, and waits for their word. It belongs to the host and stands
   * beside the token: nothing that a model says reaches it.
   */
  readonly approve?: Approver;
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
    const action = actions.find((one) => one.id === id);
    if (!action) throw new ConfigurationError(`"${vendor.id}" has no action "${id}".`, { option: "only" });
    if (action.approval === undefined || options.approve) continue;
    throw new ConfigurationError(`"${id}" needs a human's yes: give \`approve\`, which asks one.`, {
      option: "approve",
    });
  }
  const wanted = actions.filter(({ approval, id }) =>
    options.only ? options.only.includes(id) : approval === undefined || options.approve,
  );
  return wanted.map((action) => {
    const remembered = new Map<
      string,
      { readonly input: string; readonly outcome: Promise<ActionOutcome> }
    >();
    return actionTool(vendor.id, action, async (input, call = {}) => {
      const { confirmation, idempotencyKey, signal } = call;
      // Field by field: what a framework adds to a call takes nothing of the host's place.
      const asked = { confirmation, idempotencyKey, signal, input, config: options.config?.[action.id] };
      const run = () => runAlone(action, { ...options, ...asked } as never, alone);
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
