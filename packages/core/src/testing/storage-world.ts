import assert from "node:assert/strict";
import { type HaloErrorCode, isHaloError } from "../errors.ts";
import { analyze } from "../knowledge/lexical/analyze.ts";
import type { Agent } from "../ports/agent-store.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { NewDelivery } from "../ports/delivery-store.ts";
import type { PendingDocument } from "../ports/knowledge-store.ts";
import type { Lease, WorkKind } from "../ports/lease-store.ts";
import type {
  ClaimRow,
  DocumentRow,
  LinkRow,
  PageCommit,
  PageResult,
  RecordRow,
  TombstoneRow,
} from "../ports/page-store.ts";
import type { NewRun } from "../ports/run-store.ts";
import type { Storage } from "../ports/storage.ts";
import { connectionOf } from "./connection-of.ts";
import { newId } from "./ids.ts";
import type { StorageTest } from "./storage-promise.ts";

export const T0 = Date.UTC(2026, 0, 1);
export const minute = 60_000;
export const day = 24 * 60 * minute;
/** So many minutes after T0. */
export const at = (minutes: number): Date => new Date(T0 + minutes * minute);

const tooMany = 1_000;
/** Longer than any test. */
export const long = 10 * minute;

/** Rejects unless `work` rejects with an error of that code. */
export async function refuses(work: Promise<unknown>, code: HaloErrorCode, what = "it"): Promise<void> {
  await assert.rejects(work, (error) => isHaloError(error, code), `${what} is refused with ${code}`);
}

/** A commit's stream, in which the page goes. */
export type Part = Partial<Omit<PageCommit, "stream" | "table">> & {
  readonly stream?: "people" | "companies" | "notes" | "deals";
};

/** One org with one connection, and short ways to do things there. */
export interface World {
  readonly orgId: string;
  readonly connectionId: string;
  readonly connection: Connection;
  readonly storage: Storage;
  /** Wakes a piece of work of this org and claims it. */
  lease(kind: WorkKind, subject?: string, ttlMs?: number): Promise<Lease>;
  /** A started run, claimed. */
  run(run?: Partial<NewRun>): Promise<Lease>;
  page(lease: Lease, part: Part): PageCommit;
  /** Commits outside a run, as webhooks do. */
  commit(part: Part): Promise<PageResult>;
  /** Works off the customers' work. */
  reconcile(): Promise<void>;
  /** Indexes what waits: each line of the body a chunk. */
  index(vectorOf?: (text: string) => readonly number[] | undefined): Promise<number>;
  delivery(delivery?: Partial<NewDelivery>): NewDelivery;
}

export async function world(test: StorageTest, like: Partial<Connection> = {}): Promise<World> {
  const { storage } = test;
  const orgId = like.orgId ?? `org-${newId()}`;
  const connection = newConnection({ ...like, orgId });
  await storage.connections.create(connection);
  const connectionId = connection.id;
  let inbox: Lease | undefined;
  const woken = async (work: Parameters<typeof claimed>[1], ttlMs?: number) => {
    await storage.leases.wake([work]);
    return claimed(storage, work, ttlMs);
  };

  const self: World = {
    orgId,
    connectionId,
    connection,
    storage,

    lease: async (kind, subject, ttlMs) => {
      // Commits go under the inbox's lease, so it is claimed once and kept.
      if (kind === "inbox" && subject === undefined) {
        inbox ??= await woken({ kind, orgId, subject: connectionId });
        return inbox;
      }
      return woken({ kind, orgId, subject: subject ?? (kind === "schedule" ? connectionId : orgId) }, ttlMs);
    },

    run: async (like) => {
      const [run] = await storage.runs.start([newRun(self, like)]);
      assert.ok(run);
      return claimed(storage, { kind: "run", orgId, subject: run.id });
    },

    page: (lease, { stream = "people", ...part }) => ({
      lease,
      orgId,
      connectionId,
      integration: "acme",
      table: `acme_${stream}`,
      stream,
      records: [],
      tombstones: [],
      quarantine: [],
      at: new Date(test.now()),
      ...part,
    }),

    commit: async (part) => {
      return storage.pages.commit(self.page(await self.lease("inbox"), part));
    },

    reconcile: async () => {
      const lease = await self.lease("customers");
      let rounds = 0;
      while ((await storage.customers.reconcile(lease, 100)) > 0)
        assert.ok(++rounds < 1000, "reconcile ends");
      await storage.leases.release(lease, undefined);
    },

    index: async (vectorOf = () => [1, 0, 0]) => {
      const lease = await self.lease("index");
      let indexed = 0;
      for (let rounds = 0; ; rounds++) {
        assert.ok(rounds < tooMany, "documents that are indexed wait no longer");
        const waiting = await storage.knowledge.pending(lease, 100, new Date(test.now() + day));
        if (waiting.length === 0) break;
        const parts = waiting.map((document) => indexedDocument(document, vectorOf));
        const replaced = await storage.knowledge.replace(lease, parts, new Date(test.now()));
        assert.equal(replaced, waiting.length, "documents that nobody changed meanwhile are replaced");
        indexed += replaced;
      }
      await storage.leases.release(lease, undefined);
      return indexed;
    },

    delivery: (like = {}) => {
      const id = newId();
      return {
        id,
        orgId,
        connectionId,
        integration: "acme",
        eventKey: `event-${id}`,
        type: "person.changed",
        occurredAt: at(0),
        payload: { key: "1" },
        status: "pending",
        receivedAt: new Date(test.now()),
        ...like,
      };
    },
  };
  return self;
}

/** Claims exactly this piece of work; whatever other work is due is let go, with nothing left to do. */
export async function claimed(
  storage: Storage,
  work: { readonly kind: WorkKind; readonly orgId: string; readonly subject: string },
  ttlMs: number = long,
): Promise<Lease> {
  for (let rounds = 0; ; rounds++) {
    assert.ok(rounds < tooMany, "work that is let go with nothing left to do is not due again");
    const leases = await storage.leases.claim({
      holder: `contract-${newId()}`,
      limit: 20,
      ttlMs,
      kinds: [work.kind],
    });
    const wanted = leases.find(({ orgId, subject }) => orgId === work.orgId && subject === work.subject);
    for (const lease of leases) if (lease !== wanted) await storage.leases.release(lease, undefined);
    if (wanted !== undefined) return wanted;
    assert.ok(leases.length > 0, `${work.kind} work that was woken can be claimed`);
  }
}

/** Lets go of all work that is due. */
export async function drain(storage: Storage): Promise<void> {
  for (let rounds = 0; ; rounds++) {
    assert.ok(rounds < tooMany, "work that is let go with nothing left to do is not due again");
    const leases = await storage.leases.claim({ holder: `drain-${newId()}`, limit: 50, ttlMs: long });
    for (const lease of leases) await storage.leases.release(lease, undefined);
    if (leases.length === 0) return;
  }
}

/** True when a piece of work is due now. */
export async function isDue(
  storage: Storage,
  work: { readonly kind: WorkKind; readonly orgId: string; readonly subject: string },
): Promise<boolean> {
  let found = false;
  for (let rounds = 0; ; rounds++) {
    assert.ok(rounds < tooMany, "work that is let go with nothing left to do is not due again");
    const leases = await storage.leases.claim({
      holder: `look-${newId()}`,
      limit: 50,
      ttlMs: long,
      kinds: [work.kind],
    });
    for (const lease of leases) {
      if (lease.orgId === work.orgId && lease.subject === work.subject) found = true;
      await storage.leases.release(lease, undefined);
    }
    if (leases.length === 0) return found;
  }
}

export const newAgent = (orgId: string, like: Partial<Agent> = {}): Agent => ({
  orgId,
  id: `agent-${newId()}`,
  name: "Ada",
  kind: "customer_facing",
  active: true,
  createdAt: at(0),
  updatedAt: at(0),
  ...like,
});

export function newConnection(like: Partial<Connection> = {}): Connection {
  const id = newId();
  const defaults: Partial<Connection> = {
    id,
    account: { id: `account-${id}`, name: "Acme" },
    credentials: {
      kind: "oauth",
      accessToken: "sealed-1",
      refreshToken: "sealed-2",
      expiresAt: T0,
      version: 1,
    },
    scopes: ["people.read"],
    modes: { ingest: true },
    settings: { streams: ["people"] },
  };
  return connectionOf(`org-${id}`, { ...defaults, ...like }, at(0));
}

export const newRun = (
  { orgId, connectionId }: { readonly orgId: string; readonly connectionId: string },
  like: Partial<NewRun> = {},
): NewRun => ({
  id: newId(),
  orgId,
  connectionId,
  integration: "acme",
  stream: "people",
  syncId: newId(),
  trigger: "manual",
  mode: "backfill",
  position: 0,
  options: {},
  generation: 1,
  ...like,
});

/** A record as core would hand it over; `minutes` is its version, and its content is `text`. */
export function record(
  key: string,
  minutes: number,
  { text = `text ${minutes}`, ...like }: Partial<RecordRow> & { readonly text?: string } = {},
): RecordRow {
  return {
    key,
    columns: { name: text },
    raw: JSON.stringify({ key, text }),
    hash: `hash of ${text}`,
    fingerprint: undefined,
    updatedAt: at(minutes),
    observedAt: at(minutes),
    claim: undefined,
    links: [],
    document: undefined,
    ...like,
  };
}

export const tombstone = (key: string, minutes: number, like: Partial<TombstoneRow> = {}): TombstoneRow => ({
  key,
  deletedAt: at(minutes),
  observedAt: at(minutes),
  mergedInto: undefined,
  purge: false,
  ...like,
});

export const claimRow = (like: Partial<ClaimRow> = {}): ClaimRow => ({
  kind: "end_user",
  candidateId: newId(),
  identities: [],
  fields: {},
  custom: {},
  rank: 100,
  source: "acme:1",
  company: undefined,
  ...like,
});

/** A note about somebody; its columns and text follow from its body. */
export function note(
  key: string,
  minutes: number,
  body: string,
  { links = [], ...like }: Partial<DocumentRow> & { readonly links?: readonly LinkRow[] } = {},
): RecordRow {
  const document: DocumentRow = {
    id: newId(),
    sourceKey: `acme:note:${key}`,
    kind: "note",
    title: `Note ${key}`,
    body,
    format: "text",
    audience: "shareable",
    occurredAt: at(minutes),
    url: undefined,
    author: undefined,
    hash: `hash of ${body} for ${like.audience ?? "shareable"}`,
    priority: 0,
    force: false,
    ...like,
  };
  const text = `${body} for ${document.audience}`;
  return record(key, minutes, { text, columns: { subject: body }, links, document });
}

function indexedDocument(
  { id, revision, body }: PendingDocument,
  vectorOf: (text: string) => readonly number[] | undefined,
) {
  let start = 0;
  const lines = body === "" ? [] : body.split("\n");
  const chunks = lines.map((line, index) => {
    const { length, terms } = analyze(line);
    const vector = vectorOf(line);
    const chunk = {
      index,
      start,
      end: start + line.length,
      hash: `chunk of ${line}`,
      length,
      terms,
      vectors: vector === undefined ? [] : [Float32Array.from(vector)],
    };
    start += line.length + 1;
    return chunk;
  });
  return { id, revision, text: body, cleanerVersion: "1", chunks };
}
