// A store, a definition and a network that are broken on purpose, each in one way.
import { randomUUID } from "node:crypto";
import type { IntegrationDefinition, Storage } from "@halo/core";
import { internals, type PgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import type { MoneyBug } from "./money-steps.ts";

/** Says that it is done, and does it a moment later. */
export function plantInBilling(
  integration: IntegrationDefinition,
  bug: MoneyBug | undefined,
): IntegrationDefinition {
  if (bug !== "record_first") return integration;
  const actions = integration.actions?.map((action) => ({
    ...action,
    run: async (context: Parameters<typeof action.run>[0]) => {
      setTimeout(() => void action.run(context).catch(() => {}), 400);
      return { said: true };
    },
  }));
  return actions ? { ...integration, actions } : integration;
}

/** The vendor's key is left out, or is another one at each attempt. */
export function plantInNetwork(fetch: typeof globalThis.fetch, bug: MoneyBug | undefined) {
  if (bug !== "no_key" && bug !== "key_per_attempt") return fetch;
  const planted: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (bug === "no_key") request.headers.delete("idempotency-key");
    else if (request.headers.has("idempotency-key")) request.headers.set("idempotency-key", randomUUID());
    return await fetch(request);
  };
  return planted;
}

/** Whoever decides is taken to be the first who does. */
export function plantInDecisions(storage: PgStorage, bug: MoneyBug | undefined): Storage {
  if (bug !== "decide_without_cas") return storage;
  const { approvals } = storage;
  return {
    ...storage,
    approvals: {
      ...approvals,
      async decide(orgId, id, decision, error) {
        await storage[internals].door.inOrg(orgId, async (tx) => {
          await tx.query("update approvals set open = true where org_id = $1 and id = $2", [orgId, id]);
          await tx.query("update action_calls set state = 'proposed' where org_id = $1 and id = $2", [
            orgId,
            id,
          ]);
        });
        return await approvals.decide(orgId, id, decision, error);
      },
    },
  };
}
