import type { Engine } from "../engine/engine.ts";
import type { ActionCall } from "../ports/action-store.ts";

const minuteMs = 60_000;
/** After the call ended without a word, and after each look that could not tell. In all about three days. */
const waitsMs = [1, 5, 30, 120, 480, 1_440, 2_400].map((minutes) => minutes * minuteMs);

/** When to look for the effect next; undefined: not any more, a person has to. */
export function lookAfter(endedAt: Date, now: number): Date | undefined {
  let at = endedAt.getTime();
  for (const wait of waitsMs) {
    at += wait;
    if (at > now) return new Date(at);
  }
  return undefined;
}

/** Whether a worker can find out by itself what became of it: a person approved it, and the action can look. */
export function reconcilable(engine: Engine, call: ActionCall): boolean {
  const actions = engine.integrations.get(call.integration)?.actions;
  const action = actions?.find(({ id }) => id === call.action);
  return action?.approval === "human" && "find" in (action.again ?? {});
}
