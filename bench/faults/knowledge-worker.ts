// The process that is killed: a host that learns from transcripts, whose embedder and model fail, with the places marked.
import { flushCompileCache } from "node:module";
import {
  createHalo,
  defineIntegration,
  defineStream,
  type Embedder,
  type LanguageModel,
  type Logger,
  VendorError,
} from "@halo/core";
import { hashingEmbedder } from "@halo/core/embedders";
import { extractiveModel } from "@halo/core/models";
import * as z from "zod";
import { hashSeed, mixSeed, seededRandom } from "../../packages/emulators/src/random.ts";
import { pgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import type { KnowledgeAsk, KnowledgeStep, KnowledgeWorkerSetup } from "./knowledge-steps.ts";
import { plantInKnowledge, strikingKnowledgeStorage, tell } from "./knowledge-storage.ts";
import { transcript } from "./knowledge-transcripts.ts";
import { createStriker } from "./striker.ts";

const setup = JSON.parse(process.argv[2] ?? "") as KnowledgeWorkerSetup;
const { orgId } = setup;
const write = (level: string): Logger["info"] => {
  return (message, fields) => console.error(JSON.stringify({ level, message, ...fields }));
};
const logger: Logger = { debug() {}, info() {}, warn() {}, error: write("error") };

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));
// Whoever started us went: there is nobody left to work for.
process.on("disconnect", () => process.exit(1));

const striker = createStriker<KnowledgeStep>();
const random = seededRandom(mixSeed(hashSeed(setup.seed), process.pid));
let revealed = setup.transcripts;

/** Fails three calls of ten. Not lexical, so that its vectors are kept and not made again. */
const inner = hashingEmbedder({ dimensions: 32 });
const embedder: Embedder = {
  ...inner,
  space: "faults-32",
  quality: "semantic",
  async embed(texts, options) {
    striker.point("embed_call", undefined);
    const ok = !random.chance(0.3);
    tell({ told: "embedded", ok });
    if (!ok) throw new VendorError("The embedder is down.", { status: 503, retryable: true });
    return inner.embed(texts, options);
  },
};
const judge = extractiveModel();
/** Fails one call of ten, some of them by an answer that breaks the schema. */
const languageModel: LanguageModel = {
  ...judge,
  async generate(request) {
    striker.point("model_call", undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const ok = !random.chance(0.1);
    tell({ told: "asked", ok });
    if (ok) return judge.generate(request);
    if (random.chance(0.2)) return { value: { something: "else" } };
    throw new VendorError("The model is down.", { status: 503, retryable: true });
  },
};

const Call = z.object({ id: z.string(), title: z.string(), body: z.string(), updatedAt: z.string() });
const calls = defineStream({
  id: "calls",
  name: "Calls",
  record: Call,
  key: (call) => call.id,
  updatedAt: (call) => new Date(call.updatedAt),
  columns: { title: "text" },
  row: ({ title }) => ({ title }),
  links: ({ id }) => [{ kind: "end_user", email: `person${Number(id) % 20}@acme.test`, reason: "email" }],
  document: ({ body, title, updatedAt }) => ({
    ...{ kind: "call", title, body, format: "transcript", audience: "shareable" },
    occurredAt: new Date(updatedAt),
  }),
  async *pull({ cursor }) {
    const size = 5;
    let at = typeof cursor === "number" ? cursor : 0;
    do {
      const records = Array.from({ length: Math.min(size, revealed - at) }, (_, i) =>
        transcript(setup.seed, at + i),
      );
      at += records.length;
      yield { records, tombstones: [], cursor: at, done: at >= revealed };
    } while (at < revealed);
  },
});
const meet = defineIntegration({
  id: "meet",
  name: "Meet",
  modes: { ingest: true, actions: false, notifications: false },
  auth: { scopes: [], key: { label: "Key" }, identify: async () => ({ account: { id: "meet-1" } }) },
  http: {
    baseUrl: "https://meet.example.com",
    budgets: [],
    classify: ({ status }) => ({ kind: status < 300 ? "ok" : "failed" }),
  },
  streams: [calls],
});

const storage = strikingKnowledgeStorage(
  plantInKnowledge(pgStorage(setup.target, { migrate: "auto", poolSize: 6 }), setup.planted, () =>
    striker.point("index_in_between", undefined),
  ),
  striker,
);
const halo = await createHalo({
  storage,
  integrations: [meet],
  encryptionKey: setup.encryptionKey,
  embedder,
  languageModel,
  learning: { concurrency: 2, maxCallsPerDay: 1_000_000, maxCharactersPerDay: 1_000_000_000 },
  logger,
  worker: { leaseMs: setup.leaseMs, concurrency: 6 },
});

process.on("message", (message) => {
  const ask = message as KnowledgeAsk;
  if (ask.ask === "arm") return striker.arm(ask.order);
  answer(ask).then(
    (value) => tell({ told: "answer", id: ask.id, value }),
    (error: unknown) => {
      logger.error(String(error));
      tell({ told: "answer", id: ask.id, value: String(error) });
    },
  );
});
const working = halo.work({ signal: stop.signal });
tell({ told: "ready" });
flushCompileCache();
await working;
await halo.close();
process.exit(0);

async function answer(ask: Exclude<KnowledgeAsk, { ask: "arm" }>): Promise<unknown> {
  if (ask.ask === "begin") {
    // Every transcript says enough of one of these words to be learned.
    const text = "rollout of the team, screen, weather";
    await halo.knowledge.rules.upsert(orgId, { type: "topic", text, prefix: "meet:" });
    await halo.connections.connectWithKey({ orgId, integration: "meet", key: "key-of-meet" });
    return "begun";
  }
  revealed = Math.max(revealed, ask.transcripts);
  const [connection] = await halo.connections.list(orgId);
  if (!connection) return "no connection";
  await halo.sync.start({ orgId, connectionId: connection.id, mode: "catch_up" });
  return "started";
}
