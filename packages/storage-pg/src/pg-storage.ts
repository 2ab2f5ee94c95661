import { type Storage, StorageError, type StorageSetup } from "@halo/core";
import { actionStore } from "./actions/action-store.ts";
import { agentStore } from "./agents/agent-store.ts";
import { approvalStore } from "./approvals/approval-store.ts";
import { connectTo, type Target, type TargetOptions } from "./connect/target.ts";
import { connectionStore } from "./connections/connection-store.ts";
import { customerStore } from "./customers/customer-store.ts";
import { deliveryStore } from "./deliveries/delivery-store.ts";
import { jobStore } from "./jobs/job-store.ts";
import { knowledgeStore } from "./knowledge/knowledge-store.ts";
import { noPgvector } from "./knowledge/rank-in-process.ts";
import { spaceTable } from "./knowledge/space.ts";
import { learningStore } from "./learning/learning-store.ts";
import { leaseStore } from "./leases/lease-store.ts";
import { meetingStore } from "./meetings/meeting-store.ts";
import { applyPlan, checkRoles, inspect, migrationNeeded } from "./migrate/apply.ts";
import { notificationStore } from "./notifications/notification-store.ts";
import { pageStore } from "./pages/page-store.ts";
import { type NameOptions, namesOf } from "./roles.ts";
import { runStore } from "./runs/run-store.ts";
import { segmentStore } from "./segments/segment-store.ts";
import { standingStore } from "./standing/standing-store.ts";
import { createDoor, type Door } from "./tenant.ts";

export interface PgStorageOptions extends TargetOptions, NameOptions {
  /**
   * What happens when the database is not up to date. `refuse` (default on a server) throws `migration_needed` with the
   * SQL to run; `auto` (default of an embedded store) does it.
   */
  readonly migrate?: "auto" | "refuse";
}

/** What tests, benchmarks and `servePglite` reach behind the port. */
export const internals: unique symbol = Symbol("halo.storage-pg");

export interface PgStorage extends Storage {
  /** @internal */
  readonly [internals]: { readonly door: Door; readonly connector: ReturnType<typeof connectTo> };
}

/**
 * Keeps everything in PostgreSQL: `"./folder"` embedded on disk (PGlite, one process), `"memory://"` embedded in
 * memory, `"postgres://…"` a server of version 15 or newer, or a pool of the host's (`pg.Pool` fits), which is never
 * ended by Halo. Nothing is opened before `open`.
 */
export function pgStorage(target: Target, options: PgStorageOptions = {}): PgStorage {
  const names = namesOf(options);
  const connector = connectTo(target, options);
  let vectorSchema: string | undefined;
  let setup: StorageSetup | undefined;
  const space = () => {
    if (!setup) throw new StorageError("The store is not open: call open() first.", { retryable: false });
    return setup.space && spaceTable(setup.space, vectorSchema === undefined ? "bytes" : "vector");
  };

  const door = createDoor(
    connector,
    names,
    { vectorSchema: () => vectorSchema, kick: (tx) => jobs.kick(tx) },
    options,
  );
  const jobs = jobStore(door, connector);

  return {
    levels: new Set(["sync", "actions", "knowledge"]),
    connections: connectionStore(door),
    leases: leaseStore(door),
    runs: runStore(door),
    pages: pageStore(door, (table) =>
      (setup?.mirrors ?? []).some((mirror) => mirror.table === table && mirror.counts !== undefined),
    ),
    meetings: meetingStore(door),
    deliveries: deliveryStore(door),
    customers: customerStore(door, () => setup?.mirrors ?? []),
    segments: segmentStore(door, () => setup?.mirrors ?? []),
    standing: standingStore(door),
    knowledge: knowledgeStore(door, space),
    learning: learningStore(door),
    jobs,
    notifications: notificationStore(door),
    agents: agentStore(door),
    actions: actionStore(door),
    approvals: approvalStore(door),
    [internals]: { door, connector },

    async open(wanted) {
      const migrate = options.migrate ?? (connector.embedded ? "auto" : "refuse");
      let seen = await inspect(connector, names, wanted);
      const notices = [
        ...seen.plan.edited.map((name) => `The migration ${name} is not the one that ran here.`),
      ];
      if (seen.plan.steps.length > 0) {
        if (migrate === "refuse") throw migrationNeeded(seen, names);
        await applyPlan(connector, names, wanted);
        seen = await inspect(connector, names, wanted);
      }
      notices.push(...checkRoles(seen.facts, names, wanted, connector.embedded));
      vectorSchema = seen.facts.vectorSchema;
      if (vectorSchema === undefined && wanted.space) {
        notices.push(noPgvector(wanted.space.dimensions));
      }
      setup = wanted;
      await jobs.start();
      for (const notice of notices) wanted.logger.warn(notice);
      const { version } = seen.facts;
      return {
        description: connector.embedded
          ? connector.place.replace("PGlite", `PGlite (PostgreSQL ${version})`)
          : `PostgreSQL ${version}`,
        notices,
      };
    },

    async close() {
      await jobs.stop();
      await connector.close();
    },
  };
}
