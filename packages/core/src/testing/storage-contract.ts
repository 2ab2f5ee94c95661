import { afterAll, beforeAll, describe, it } from "vitest";
import { actionPromises } from "./promises/action-promises.ts";
import { agentPromises } from "./promises/agent-promises.ts";
import { approvalPromises } from "./promises/approval-promises.ts";
import { connectionPromises } from "./promises/connection-promises.ts";
import { customerPromises } from "./promises/customer-promises.ts";
import { deliveryPromises } from "./promises/delivery-promises.ts";
import { jobPromises } from "./promises/job-promises.ts";
import { knowledgePromises } from "./promises/knowledge-promises.ts";
import { learningPromises } from "./promises/learning-promises.ts";
import { leasePromises } from "./promises/lease-promises.ts";
import { meetingPromises } from "./promises/meeting-promises.ts";
import { notificationPromises } from "./promises/notification-promises.ts";
import { pagePromises } from "./promises/page-promises.ts";
import { retentionPromises } from "./promises/retention-promises.ts";
import { revenuePromises } from "./promises/revenue-promises.ts";
import { runPromises } from "./promises/run-promises.ts";
import { segmentPromises } from "./promises/segment-promises.ts";
import { standingPromises } from "./promises/standing-promises.ts";
import type { StoragePromise } from "./storage-promise.ts";
import { contractSetup, type OpenedStorage, type OpenStorage, storageTest } from "./storage-promise.ts";

/** Every promise of the storage port, by room, as data: to be run by any test runner, or against a broken store. */
export const storagePromises = {
  connections: connectionPromises,
  leases: leasePromises,
  runs: runPromises,
  pages: pagePromises,
  meetings: meetingPromises,
  deliveries: deliveryPromises,
  customers: [...customerPromises, ...revenuePromises],
  segments: segmentPromises,
  standing: standingPromises,
  knowledge: knowledgePromises,
  learning: learningPromises,
  jobs: jobPromises,
  agents: agentPromises,
  actions: actionPromises,
  approvals: [...approvalPromises, ...retentionPromises],
  notifications: notificationPromises,
} as const satisfies { readonly [room: string]: readonly StoragePromise[] };

export interface ContractOptions {
  /** Titles of promises that this adapter cannot keep, each with the reason. A title that is none fails. */
  readonly skip?: { readonly [title: string]: string };
}

/** Checks a storage adapter against every promise of the port; call it at the top of a vitest file. */
export function storageContract(name: string, open: OpenStorage, options: ContractOptions = {}): void {
  const titles = new Set(Object.values(storagePromises).flatMap((room) => room.map(({ title }) => title)));
  for (const title of Object.keys(options.skip ?? {}))
    if (!titles.has(title)) throw new TypeError(`No promise has the title: ${title}`);
  connectionStoreContract(name, open, options);
  leaseStoreContract(name, open, options);
  runStoreContract(name, open, options);
  pageStoreContract(name, open, options);
  meetingStoreContract(name, open, options);
  deliveryStoreContract(name, open, options);
  customerStoreContract(name, open, options);
  segmentStoreContract(name, open, options);
  standingStoreContract(name, open, options);
  knowledgeStoreContract(name, open, options);
  learningStoreContract(name, open, options);
  jobStoreContract(name, open, options);
  agentStoreContract(name, open, options);
  actionStoreContract(name, open, options);
  approvalStoreContract(name, open, options);
  notificationStoreContract(name, open, options);
}

type RoomContract = (name: string, open: OpenStorage, options?: ContractOptions) => void;

const contractOf =
  (room: keyof typeof storagePromises): RoomContract =>
  (name, open, { skip = {} } = {}) => {
    describe(`${name}: ${room}`, () => {
      let shared: OpenedStorage | undefined;
      beforeAll(async () => {
        shared = await open(contractSetup);
      });
      afterAll(async () => {
        await shared?.close();
      });
      const promises: readonly StoragePromise[] = storagePromises[room];
      for (const { title, fresh = false, run } of promises) {
        const reason = skip[title];
        if (reason !== undefined) {
          it.skip(`${title} (skipped: ${reason})`, () => {});
          continue;
        }
        it(title, async () => {
          if (!fresh && shared !== undefined) return run(storageTest(shared));
          const own = await open(contractSetup);
          try {
            await run(storageTest(own));
          } finally {
            await own.close();
          }
        });
      }
    });
  };

export const connectionStoreContract: RoomContract = contractOf("connections");
export const leaseStoreContract: RoomContract = contractOf("leases");
export const runStoreContract: RoomContract = contractOf("runs");
export const pageStoreContract: RoomContract = contractOf("pages");
export const meetingStoreContract: RoomContract = contractOf("meetings");
export const deliveryStoreContract: RoomContract = contractOf("deliveries");
export const customerStoreContract: RoomContract = contractOf("customers");
export const segmentStoreContract: RoomContract = contractOf("segments");
export const standingStoreContract: RoomContract = contractOf("standing");
export const knowledgeStoreContract: RoomContract = contractOf("knowledge");
export const learningStoreContract: RoomContract = contractOf("learning");
export const jobStoreContract: RoomContract = contractOf("jobs");
export const agentStoreContract: RoomContract = contractOf("agents");
export const actionStoreContract: RoomContract = contractOf("actions");
export const approvalStoreContract: RoomContract = contractOf("approvals");
export const notificationStoreContract: RoomContract = contractOf("notifications");
