// A first sync of HubSpot as a host runs it, in virtual time: createHalo, its workers, the HubSpot definition, core's
// client and limiter; the emulator is the vendor, and between the two lies a way that takes its time.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { createHalo, type PageStore, type Storage } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import type { HubSpotEmulator } from "@halo/emulators/hubspot";
import { hubspot } from "@halo/hubspot";
import type { VirtualClock } from "../packages/core/src/http/virtual-clock.ts";
import { scopes } from "../packages/hubspot/src/auth.ts";

export const MEDIAN_MS = 250;
const SIGMA = 0.3;

export interface Synced {
  /** From the first call that was sent to the last run's end. */
  readonly seconds: number;
  /** Every request, searches and refused ones included. */
  readonly requests: number;
  /** Those that the burst limit counts. */
  readonly limited: number;
  readonly searches: number;
  /** Of the backfill itself: pages of lists, associations, and searches for where its parts begin. */
  readonly pulled: number;
  /** Pages of lists, those of the recycle bin aside. */
  readonly pages: number;
  /** Pages of them that were asked for more than once. */
  readonly repeated: number;
  readonly refused: number;
  readonly records: number;
  /** Most calls within one window, by arrival at the vendor. */
  readonly peak: number;
  readonly status: readonly string[];
}

/** What the first call would import: real time, in which virtual time would run ahead. */
async function preload(): Promise<void> {
  const { resolve } = createRequire(new URL("../packages/core/package.json", import.meta.url));
  await Promise.all(
    ["p-queue", "p-retry", "ky", "@opentelemetry/api"].map(
      (name) => import(pathToFileURL(resolve(name)).href),
    ),
  );
}

export interface SyncOptions {
  readonly seed: number;
  /** See `section8Portal`. */
  readonly scale?: number;
}

export async function syncOnce(
  clock: VirtualClock,
  emulator: HubSpotEmulator,
  { scale = 1, seed }: SyncOptions,
): Promise<Synced> {
  await preload();
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let cuts = 0;
  let first = Number.POSITIVE_INFINITY;
  const travel = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    first = Math.min(first, clock.now());
    const latency = MEDIAN_MS * Math.exp(SIGMA * normal());
    // The vendor counts a call anywhere between its sending and its answer.
    const way = latency * random();
    if (await cutsOff(request)) cuts++;
    const sent = await scaledDown(request, scale);
    await clock.sleep(way, request.signal);
    const response = await scaledUp(await emulator.fetch(sent), sent, scale);
    await clock.sleep(latency - way, request.signal);
    return response;
  };
  let records = 0;
  // The hour's sync would come in between, or not, by the connection's random id.
  const { schedule: _, ...integration } = hubspot();
  const halo = await createHalo({
    storage: forgetful(memoryStorage(), (count) => {
      records += count;
    }),
    integrations: [integration],
    encryptionKey: randomBytes(32),
    clock,
    fetch: travel,
    embedder: null,
  });
  let last = clock.now();
  halo.on("run.finished", () => {
    last = clock.now();
  });
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  const orgId = "org";
  const runs = await clock.run(
    (async () => {
      const key = emulator.issueKey({ scopes: scopes.map(({ scope }) => scope) });
      const { id } = await halo.connections.connectWithKey({ orgId, integration: "hubspot", key });
      return await halo.sync.settled(orgId, id);
    })(),
  );
  stop.abort(new Error("the sync is over"));
  await clock.run(working);
  await clock.run(halo.close());
  const { ledger } = emulator;
  const searches = ledger.count({ kind: "search" });
  const lists = ledger.find((entry) => entry.kind === "list" && !entry.query.includes("archived=true"));
  return {
    seconds: (last - first) / 1_000,
    requests: ledger.count(),
    limited: ledger.count() - searches,
    searches,
    pulled: lists.length + ledger.count({ kind: "associations" }) + cuts,
    pages: lists.length,
    repeated: lists.length - new Set(lists.map(({ path, query }) => path + query)).size,
    refused: ledger.count({ status: 429 }),
    records,
    peak: ledger.peak(emulator.limits?.burst.windowMs ?? 10_000, (entry) => entry.kind !== "search"),
    status: runs.map(({ status, stream }) => `${stream} ${status}`),
  };
}

async function scaledDown(request: Request, scale: number): Promise<Request> {
  if (scale === 1) return request;
  const url = new URL(request.url);
  const { headers, method, signal } = request;
  if (isSearch(url)) {
    const asked = (await request.json()) as { after?: string };
    const after = asked.after && String(Math.ceil((Number(asked.after) + 1) / scale) - 1);
    return new Request(url, { body: JSON.stringify({ ...asked, after }), headers, method, signal });
  }
  if (!url.pathname.startsWith("/crm/objects/")) return request;
  url.searchParams.set("limit", String(Number(url.searchParams.get("limit")) / scale));
  return new Request(url, { headers, method, signal });
}

async function scaledUp(response: Response, request: Request, scale: number): Promise<Response> {
  if (scale === 1 || !response.ok || !isSearch(new URL(request.url))) return response;
  const { headers, status } = response;
  const answer = (await response.json()) as { total: number };
  return new Response(JSON.stringify({ ...answer, total: answer.total * scale }), { headers, status });
}

/** A search for where a part begins asks for one record by id; what changed meanwhile is asked for by time. */
async function cutsOff(request: Request): Promise<boolean> {
  if (!isSearch(new URL(request.url))) return false;
  const { limit } = (await request.clone().json()) as { limit?: number };
  return limit === 1;
}

const isSearch = (url: URL) => url.pathname.endsWith("/search");

/** Keeps where a run stands and none of its records: 330,000 of them would measure the store. */
function forgetful(inner: Storage, count: (records: number) => void): Storage {
  const pages: PageStore = {
    ...inner.pages,
    commit: (page) => {
      count(page.records.length);
      return inner.pages.commit({ ...page, records: [], tombstones: [], quarantine: [] });
    },
  };
  return { ...inner, pages };
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
