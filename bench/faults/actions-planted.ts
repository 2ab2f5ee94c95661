// Adapters and definitions that are broken on purpose, each in one way.
import { randomUUID } from "node:crypto";
import type { IntegrationDefinition, Lease, Storage } from "@halo/core";
import { internals, type PgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import type { ActionBug } from "./actions-steps.ts";

/** What may have happened is done again without a look. */
export function plantInActions(
  integration: IntegrationDefinition,
  bug: ActionBug | undefined,
): IntegrationDefinition {
  if (bug !== "blind_retry") return integration;
  const actions = integration.actions?.map((action) => ({ ...action, again: { kind: "harmless" as const } }));
  return actions ? { ...integration, actions } : integration;
}

export function plantInStorage(storage: PgStorage, bug: ActionBug | undefined): Storage {
  const { actions, notifications } = storage;
  switch (bug) {
    case "no_begin_key":
      // A call that is asked for again is another one.
      return {
        ...storage,
        actions: {
          ...actions,
          begin: (call, options) => actions.begin({ ...call, idempotencyKey: undefined }, options),
        },
      };
    case "settle_first":
      // Sent before it is sent.
      return {
        ...storage,
        notifications: {
          ...notifications,
          async begin(lease, id, at) {
            await notifications.begin(lease, id, at);
            await notifications.settle(lease, { id, status: "sent", attempts: 1 }, at);
          },
        },
      };
    case "no_sending_mark":
      // Nothing says that an attempt was begun.
      return { ...storage, notifications: { ...notifications, async begin() {} } };
    case "no_notification_key":
      return {
        ...storage,
        notifications: {
          ...notifications,
          raise: (orgId, raised, at) =>
            notifications.raise(
              orgId,
              raised.map((one) => ({ ...one, key: `${one.key}:${randomUUID()}` })),
              at,
            ),
        },
      };
    case "no_fence": {
      const unfenced = (lease: Lease) => standing(storage, lease);
      return {
        ...storage,
        // The beat is the fence's other half: on a quick machine it stops who was frozen before the write does.
        leases: { ...storage.leases, heartbeat: async () => true },
        notifications: {
          ...notifications,
          begin: async (lease, id, at) => notifications.begin(await unfenced(lease), id, at),
          settle: async (lease, outcome, at) => notifications.settle(await unfenced(lease), outcome, at),
        },
      };
    }
    default:
      return storage;
  }
}

/** The lease as its holder of now has it: whoever writes is taken for that one. */
async function standing(storage: PgStorage, lease: Lease): Promise<Lease> {
  const { rows } = await storage[internals].door.asControl((tx) =>
    tx.query<{ fence: number; holder: string | null }>(
      "select fence, holder from leases where kind = $1 and org_id = $2 and subject = $3",
      [lease.kind, lease.orgId, lease.subject],
    ),
  );
  const [now] = rows;
  return now?.holder ? { ...lease, fence: now.fence, holder: now.holder } : lease;
}
