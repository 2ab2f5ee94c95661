import type { Clock } from "../ports/clock.ts";
import type { Storage } from "../ports/storage.ts";
import { memoryActions } from "./actions.ts";
import { memoryAgents } from "./agents.ts";
import { memoryApprovals } from "./approvals.ts";
import { memoryConnections } from "./connections.ts";
import { memoryCustomers } from "./customers.ts";
import { memoryDeliveries } from "./deliveries.ts";
import { memoryJobs } from "./jobs.ts";
import { memoryKnowledge } from "./knowledge.ts";
import { memoryLearning } from "./learning.ts";
import { memoryLeases } from "./leases.ts";
import { memoryMeetings } from "./meetings.ts";
import { memoryNotifications } from "./notifications.ts";
import { memoryPages } from "./pages.ts";
import { memoryRuns } from "./runs.ts";
import { memorySegments } from "./segments.ts";
import { memoryStanding } from "./standing.ts";
import { createState, type State } from "./state.ts";

export interface MemoryStorageOptions {
  /** The store's own clock, which leases expire by. Default: the one that `open` is given. */
  readonly clock?: Clock;
}

/**
 * A storage in this process's memory: the contract in its shortest form, for tests and trials. What it holds is there
 * until the object goes, `close` and a new `open` included; nothing of it is shared with another process.
 */
export function memoryStorage({ clock }: MemoryStorageOptions = {}): Storage {
  return storageOver(createState(clock), clock);
}

/** The rooms over one state; apart from `memoryStorage` so that tests can break the state on purpose. */
export function storageOver(state: State, clock?: Clock): Storage {
  return {
    levels: new Set(["sync", "actions", "knowledge"] as const),

    async open(setup) {
      state.clock = clock ?? setup.clock;
      state.space = setup.space;
      state.mirrors.clear();
      for (const mirror of setup.mirrors) state.mirrors.set(mirror.table, mirror);
      return { description: "memory", notices: ["nothing is kept when this process ends"] };
    },

    async close() {},

    connections: memoryConnections(state),
    leases: memoryLeases(state),
    runs: memoryRuns(state),
    pages: memoryPages(state),
    meetings: memoryMeetings(state),
    deliveries: memoryDeliveries(state),
    customers: memoryCustomers(state),
    segments: memorySegments(state),
    standing: memoryStanding(state),
    knowledge: memoryKnowledge(state),
    learning: memoryLearning(state),
    jobs: memoryJobs(state),
    agents: memoryAgents(state),
    actions: memoryActions(state),
    approvals: memoryApprovals(state),
    notifications: memoryNotifications(state),
  };
}
