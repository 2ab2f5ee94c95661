import { randomBytes } from "node:crypto";
import { createHalo, defineIntegration, defineStream, type Embedder, type Page } from "@halo/core";
import * as z from "zod";
import { embedInPieces } from "../../packages/core/src/knowledge/embedders/embed-in-pieces.ts";
import { internals, pgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import { isRelevant, type Passage, type Ranking } from "./judge.ts";
import type { Meeting, Question } from "./meetings.ts";

const ORG = "qmsum";
const scope = { kind: "staff" } as const;
/** The most that one search gives. */
const limit = 50;

/** Meetings in a Halo of their own, on PGlite, asked as a host asks. */
export interface SearchedMeetings {
  search(question: Question): Promise<Ranking>;
  /** The vector leg by itself, which no host sees. */
  nearest(question: Question): Promise<Ranking>;
  relevantIn(question: Question): number;
  readonly chunks: number;
  readonly searchMs: readonly number[];
  close(): Promise<void>;
}

export async function openMeetings(
  meetings: readonly Meeting[],
  embedder: Embedder | null,
): Promise<SearchedMeetings> {
  const storage = pgStorage("memory://", { migrate: "auto" });
  const halo = await createHalo({
    storage,
    integrations: [archive(meetings)],
    encryptionKey: randomBytes(32),
    embedder,
  });
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  const connection = await halo.connections.connectWithKey({ orgId: ORG, integration: "archive", key: "k" });
  await halo.sync.settled(ORG, connection.id);
  await halo.knowledge.settled(ORG);
  stop.abort(new Error("indexed"));
  await working;

  const byKey = new Map(meetings.map((meeting) => [meeting.key, meeting]));
  const passages = await everyChunk();
  const byId = new Map(passages);
  const searchMs: number[] = [];

  async function everyChunk(): Promise<readonly (readonly [string, Passage])[]> {
    return await storage[internals].door.inOrg(ORG, async (tx) => {
      const { rows } = await tx.query<{ id: number; start: number; end: number; key: string; same: string }>(
        `select c.id, c.start, c."end", d.external_id as key, d.text as same from chunks c
         join documents d on d.org_id = c.org_id and d.id = c.document_id where c.org_id = $1`,
        [ORG],
      );
      return rows.map(({ end, id, key, same, start }) => {
        const meeting = byKey.get(key);
        // Or every offset would be judged against another text.
        if (!meeting || meeting.text !== same)
          throw new Error(`Meeting ${key} was kept otherwise than read.`);
        return [String(id), { meeting, start, end }] as const;
      });
    });
  }
  const ask = async (query: string, prefix?: string): Promise<readonly Passage[]> => {
    const began = performance.now();
    const hits = await halo.knowledge.search({ orgId: ORG, query, scope, limit, ...(prefix && { prefix }) });
    if (prefix === undefined) searchMs.push(performance.now() - began);
    return hits.map(({ chunkId }) => byId.get(chunkId)).filter((passage) => passage !== undefined);
  };
  const keyOf = ({ key }: Meeting) => `archive:meeting:${key}`;
  return {
    chunks: passages.length,
    searchMs,
    async search({ meeting, query }) {
      return { overall: await ask(query), within: await ask(query, keyOf(meeting)) };
    },
    async nearest({ meeting, query }) {
      if (!embedder) throw new Error("There is no vector leg without an embedder.");
      const [[vector] = []] = await embedInPieces(embedder, [query], { kind: "query" });
      if (!vector) throw new Error("The embedder gave no vector.");
      const legOf = async (prefix?: string) => {
        const hits = await storage.knowledge.nearest(ORG, vector, { scope, prefix }, 400);
        return [...new Set(hits.map(({ chunkId }) => byId.get(chunkId)))].filter((one) => one !== undefined);
      };
      return { overall: await legOf(), within: await legOf(keyOf(meeting)) };
    },
    relevantIn: (question) => passages.filter(([, passage]) => isRelevant(passage, question)).length,
    close: () => halo.close(),
  };
}

const Record = z.object({ key: z.string(), text: z.string() });

function archive(meetings: readonly Meeting[]) {
  return defineIntegration({
    id: "archive",
    name: "Archive",
    auth: { key: { label: "Key" }, scopes: [], identify: async () => ({ account: { id: "archive" } }) },
    http: { baseUrl: "https://archive.example", budgets: [], classify: () => ({ kind: "ok" }) },
    modes: { ingest: true, actions: false, notifications: false },
    streams: [
      defineStream({
        id: "meetings",
        name: "Meetings",
        record: Record,
        key: ({ key }) => key,
        columns: {},
        row: () => ({}),
        document: ({ text }) => ({
          kind: "meeting",
          title: "",
          body: text,
          format: "transcript",
          audience: "shareable",
          occurredAt: undefined,
        }),
        async *pull(): AsyncGenerator<Page> {
          yield { records: meetings.map(({ key, text }) => ({ key, text })), cursor: null, done: true };
        },
      }),
    ],
  });
}
