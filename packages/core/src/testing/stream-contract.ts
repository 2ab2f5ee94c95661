import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { Json } from "../define/json.ts";
import type { AnyStream, Page, PullScope, Shard } from "../define/stream.ts";
import { silentLogger } from "../ports/logger.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import { nothingHeld } from "../sync/held.ts";

/** A vendor's emulator, seeded, as one test of the contract needs it. */
export interface StreamUnderTest {
  /** The one way to the vendor, with the definition's base URL and classification. */
  readonly http: VendorHttp;
  readonly refs?: unknown;
  readonly settings?: PullScope<unknown>["settings"];
  readonly scopes?: ReadonlySet<string>;
  readonly channels?: PullScope<unknown>["channels"];
  /** The vendor's clock. Default: `http.vendorNow()`, or the system's. */
  now?(): Date;
  /** Every key that a backfill has to bring, as the emulator knows them. Absent: only gaps within are looked for. */
  keys?(): readonly string[];
  /** A well-formed key that no record has. Default "999999999999999". */
  readonly unknownKey?: string;
  /** Changes records at the vendor, and returns their keys. Absent: the promises about a second pull are skipped. */
  change?(): Promise<readonly string[]> | readonly string[];
  close?(): Promise<void> | void;
}

interface StreamPromise {
  readonly title: string;
  readonly needs?: "change";
  run(stream: AnyStream, vendor: StreamUnderTest): Promise<void>;
}

interface Pulled {
  readonly shard: Shard;
  readonly pages: readonly Page[];
}

/** A pull that goes on after so many pages is taken for one that never ends. */
const endless = 10_000;
/** Pages of a shard after which resuming is tried; between the first and the last ones, evenly spread. */
const resumed = 8;

function scopeOf(vendor: StreamUnderTest, since: Date | undefined): PullScope<unknown> {
  return {
    http: vendor.http,
    mode: { kind: since === undefined ? "backfill" : "incremental" },
    since,
    now: vendor.now?.() ?? vendor.http.vendorNow() ?? new Date(),
    refs: vendor.refs,
    settings: vendor.settings ?? {},
    scopes: vendor.scopes,
    channels: vendor.channels ?? [],
    held: nothingHeld,
    signal: new AbortController().signal,
    logger: silentLogger,
  };
}

async function pullShard(
  stream: AnyStream,
  scope: PullScope<unknown>,
  shard: Shard,
  cursor?: Json,
): Promise<Page[]> {
  const pages: Page[] = [];
  // A cursor comes back from a store, never as the object that the stream yielded.
  for await (const page of stream.pull({ ...scope, shard, cursor: stored(cursor) })) {
    pages.push(page);
    assert.ok(pages.length < endless, `shard ${shard.id} ends`);
    if (page.done) break;
  }
  return pages;
}

async function pull(stream: AnyStream, vendor: StreamUnderTest, since?: Date): Promise<Pulled[]> {
  const scope = scopeOf(vendor, since);
  const shards = (await stream.shards?.(scope)) ?? [{ id: "all" }];
  return await pullAll(stream, scope, shards);
}

/** Reads these shards and those that are found in them. */
async function pullAll(
  stream: AnyStream,
  scope: PullScope<unknown>,
  shards: readonly Shard[],
): Promise<Pulled[]> {
  const waiting = [...shards];
  const pulled: Pulled[] = [];
  for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
    const pages = await pullShard(stream, scope, shard);
    pulled.push({ shard, pages });
    waiting.push(...found(pages));
    assert.ok(pulled.length < endless, `the shards found in ${shard.id} end`);
  }
  return pulled;
}

/** As a store gives them back. */
const found = (pages: readonly Page[]): readonly Shard[] =>
  JSON.parse(JSON.stringify(pages.flatMap((page) => page.shards ?? []))) as Shard[];

const stored = (cursor: Json | undefined): Json | undefined =>
  cursor === undefined ? undefined : (JSON.parse(JSON.stringify(cursor)) as Json);

/** Records that fit the schema; those that do not are the engine's to quarantine. */
const keysOf = (stream: AnyStream, pages: readonly Page[]): string[] =>
  pages
    .flatMap(({ records }) => records)
    .flatMap((raw) => {
      const parsed = stream.record.safeParse(raw);
      return parsed.success ? [stream.key(parsed.data)] : [];
    });

/** Also of the shards that the pages name: a shard that is resumed may name others than the first time. */
async function keysWithFound(
  stream: AnyStream,
  scope: PullScope<unknown>,
  pages: readonly Page[],
): Promise<string[]> {
  const others = await pullAll(stream, scope, found(pages));
  return [...keysOf(stream, pages), ...others.flatMap((one) => keysOf(stream, one.pages))];
}

/** What every stream promises the engine, whatever its vendor. */
export const streamPromises: readonly StreamPromise[] = [
  {
    title: "a backfill brings every record once, in shards of different names",
    async run(stream, vendor) {
      const pulled = await pull(stream, vendor);
      const names = pulled.map(({ shard }) => shard.id);
      assert.equal(new Set(names).size, names.length, "shards have different ids");
      const keys = pulled.flatMap(({ pages }) => keysOf(stream, pages));
      assert.ok(keys.length > 0, "the emulator has records of this stream");
      assert.deepEqual(repeated(keys), [], "no key comes twice");
      const wanted = vendor.keys?.();
      if (wanted !== undefined) assert.deepEqual(keys.toSorted(), [...wanted].sort());
    },
  },
  {
    title: "only the last page of a shard says that it is done",
    async run(stream, vendor) {
      for (const { shard, pages } of await pull(stream, vendor)) {
        assert.ok(pages.length > 0, `shard ${shard.id} has a page, if an empty one`);
        for (const [i, { done }] of pages.entries())
          assert.equal(done, i === pages.length - 1, `page ${i} of shard ${shard.id}`);
      }
    },
  },
  {
    title: "resuming after any page leaves no gap and no repeat",
    async run(stream, vendor) {
      const scope = scopeOf(vendor, undefined);
      for (const { shard, pages } of await pull(stream, vendor)) {
        const last = pages.length - 1;
        const step = Math.max(1, Math.ceil(last / resumed));
        for (let i = 0; i < last; i += step) {
          const begun = pages.slice(0, i + 1);
          const rest = await pullShard(stream, scope, shard, pages[i]?.cursor);
          const keys = await keysWithFound(stream, scope, [...begun, ...rest]);
          const place = `after page ${i} of shard ${shard.id}`;
          assert.deepEqual(repeated(keys), [], `no key comes twice ${place}`);
          const whole = await keysWithFound(stream, scope, pages);
          assert.deepEqual(keys.sort(), whole.sort(), `no key is missing ${place}`);
        }
      }
    },
  },
  {
    title: "its columns, links, claims and documents follow from each record that fits the schema",
    async run(stream, vendor) {
      const refs = vendor.refs;
      for (const { pages } of await pull(stream, vendor))
        for (const raw of pages.flatMap(({ records }) => records)) {
          const parsed = stream.record.safeParse(raw);
          if (!parsed.success) continue;
          const record = parsed.data;
          const strange = Object.keys(stream.row(record, refs)).filter(
            (column) => !Object.hasOwn(stream.columns, column),
          );
          assert.deepEqual(strange, [], "every column is one of the table's");
          stream.links?.(record, refs);
          stream.customer?.(record, refs);
          stream.document?.(record, refs);
          const updatedAt = stream.updatedAt?.(record);
          assert.ok(
            updatedAt === undefined || Number.isFinite(updatedAt.getTime()),
            "update times are times",
          );
        }
    },
  },
  {
    title: "the next pull brings what changed since this one began",
    needs: "change",
    async run(stream, vendor) {
      await pull(stream, vendor);
      const began = scopeOf(vendor, undefined).now;
      const changed = (await vendor.change?.()) ?? [];
      assert.ok(changed.length > 0, "the emulator changed something");
      const since = new Date(began.getTime() - (stream.overlapMs ?? 0));
      const pulled = await pull(stream, vendor, since);
      const keys = new Set(pulled.flatMap(({ pages }) => keysOf(stream, pages)));
      for (const key of changed) assert.ok(keys.has(key), `${key} changed and comes again`);
    },
  },
  {
    title: "single records can be read, and those that do not exist are named as missing",
    async run(stream, vendor) {
      if (stream.read === undefined) return;
      const [first] = await pull(stream, vendor);
      const known = keysOf(stream, first?.pages ?? []).slice(0, 3);
      const unknown = vendor.unknownKey ?? "999999999999999";
      const keys = [...known, unknown].map((key) => ({ key }));
      const { records, missing, tombstones } = await stream.read({ ...scopeOf(vendor, undefined), keys });
      const found = records.map((raw) => stream.key(stream.record.parse(raw)));
      assert.deepEqual(found.sort(), known.sort());
      // Gone without a trace, or with one: some vendors erase, and then the deletion is known.
      const gone = [...missing, ...(tombstones ?? []).map(({ key }) => key)];
      assert.deepEqual(gone, [unknown]);
    },
  },
];

/**
 * Checks a stream's definition against its vendor's emulator, page by page and without a store; call it at the top of
 * a vitest file. `open` is called for each promise, and gives an emulator in which nothing has happened yet.
 */
export function streamContract(
  stream: AnyStream,
  open: () => Promise<StreamUnderTest> | StreamUnderTest,
  { skip = {} }: { readonly skip?: { readonly [title: string]: string } } = {},
): void {
  describe(stream.id, () => {
    for (const { title, needs, run } of streamPromises) {
      const reason = skip[title];
      if (reason !== undefined) {
        it.skip(`${title} (skipped: ${reason})`, () => {});
        continue;
      }
      it(title, async ({ skip: leave }) => {
        const vendor = await open();
        try {
          if (needs !== undefined && vendor[needs] === undefined) leave(`the emulator offers no ${needs}`);
          await run(stream, vendor);
        } finally {
          await vendor.close?.();
        }
      });
    }
  });
}

function repeated(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key) => seen.has(key) || !seen.add(key));
}
