import type { ActionGates, ActionStore } from "../ports/action-store.ts";
import type { Clock } from "../ports/clock.ts";

type Asked = Parameters<ActionStore["gates"]>[1];

/** How long a look at the gates may be used to begin a call with. */
const recentMs = 5_000;
const maxKept = 1_000;

/**
 * What the gates showed a moment ago. It may begin a call, since the store compares all of it in the transaction that
 * begins one, and refuses what has moved on; it may not refuse one, nor ask a user for anything: that takes a new look.
 */
export interface RecentGates {
  known(orgId: string, asked: Asked): ActionGates | undefined;
  look(orgId: string, asked: Asked): Promise<ActionGates>;
}

export function createRecentGates(store: ActionStore, clock: Clock): RecentGates {
  const kept = new Map<string, { readonly until: number; readonly gates: ActionGates }>();
  const keyOf = (orgId: string, { action, agentId, connectionId, integration }: Asked) =>
    JSON.stringify([orgId, agentId, integration, action, connectionId]);
  return {
    known(orgId, asked) {
      const found = kept.get(keyOf(orgId, asked));
      return found && clock.now() < found.until ? found.gates : undefined;
    },
    async look(orgId, asked) {
      const key = keyOf(orgId, asked);
      kept.delete(key);
      const gates = await store.gates(orgId, asked);
      if (kept.size >= maxKept) kept.clear();
      kept.set(key, { until: clock.now() + recentMs, gates });
      return gates;
    },
  };
}
