import { isHaloError, type Json, type Page, type Shard, VendorError, type VendorHttp } from "@halo/core";
import * as z from "zod";

/** "Pagination" in Stripe's documentation: at most 100 to a page, newest first, cursors are objects' ids. */
const PAGE = 100;

export const List = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });

const Named = z.object({ id: z.string().min(1), created: z.number() });

/** A stretch of time in which objects were created, epoch seconds: from `gte` on, and before `lt`. */
const Stretch = z.object({
  path: z.string(),
  gte: z.number().optional(),
  lt: z.number().optional(),
  /** It is a part already: it is not cut again. */
  part: z.boolean().optional(),
});
export type Stretch = z.infer<typeof Stretch>;

/** Where a stretch's reading stands; `gte` is later than the stretch's where its older parts are read by others. */
const Cursor = z.object({ after: z.string(), gte: z.number().optional() });

const DAY = 86_400;
/** Stripe's first objects are younger. */
const FIRST = Date.UTC(2010, 0, 1) / 1_000;
const NEWEST_DAYS = 30;
/** Pages in one go: what takes longer is cut, so that several calls are under way. */
const CUT_ABOVE = 8;
const MOST_PARTS = 16;

/**
 * Stretches of a list that can be read beside each other: the newest thirty days, the thirty before, then twice as
 * long each time, back to the first day there was. An empty one costs a call.
 */
export function stretches(path: string, now: Date): Shard[] {
  const today = Math.floor(now.getTime() / 1_000);
  const cuts = [];
  for (let days = NEWEST_DAYS; today - days * DAY > FIRST; days *= 2) cuts.push(today - days * DAY);
  const bounds = [undefined, ...cuts, undefined];
  return bounds.slice(1).map((gte, index): Shard => {
    const lt = bounds[index];
    const params: Stretch = { path, ...(gte !== undefined && { gte }), ...(lt !== undefined && { lt }) };
    return { id: `${path}:${gte ?? ""}`, params };
  });
}

export interface ListScope {
  readonly http: VendorHttp;
  readonly shard: Shard;
  readonly cursor: Json | undefined;
  readonly signal: AbortSignal;
  /** Beside range and cursor. */
  readonly query: { readonly [name: string]: string };
  /** Reads the lists inside an object to their ends. */
  readonly complete: (object: unknown) => Promise<unknown>;
}

/** One stretch, page by page. Where the first page shows that it is long, its older part is cut and read by others. */
export async function* listPages(scope: ListScope): AsyncGenerator<Page> {
  const { complete, http, query, shard, signal } = scope;
  const stretch = Stretch.parse(shard.params);
  let { after, gte = stretch.gte } =
    scope.cursor === undefined ? { after: undefined } : Cursor.parse(scope.cursor);
  for (;;) {
    const list = await page(http, stretch.path, signal, {
      ...query,
      limit: PAGE,
      created: { gte, lt: stretch.lt },
      starting_after: after,
    });
    const records = [];
    for (const object of list.data) records.push(await complete(object));
    const last = Named.safeParse(list.data.at(-1)).data;
    if (list.has_more && !last) {
      throw new VendorError("A page of Stripe's ends in something without an id: it cannot be read on.", {
        code: "vendor_response_invalid",
        reason: "cursor_missing",
      });
    }
    if (!list.has_more || !last) {
      yield { records, cursor: null, done: true };
      return;
    }
    const first = Named.safeParse(list.data[0]).data;
    const older =
      after === undefined && first && !stretch.part ? olderParts(stretch, first.created, last.created) : [];
    const [newest] = older;
    if (newest) gte = newest.lt;
    after = last.id;
    yield {
      records,
      cursor: { after, ...(gte !== undefined && { gte }) },
      done: false,
      ...(older.length > 0 && {
        shards: older.map((part) => ({ id: `${part.path}:${part.gte ?? ""}-${part.lt}`, params: part })),
      }),
    };
  }
}

/** Equal parts of what is older than a first page, newest first, if it seems to be many pages; none otherwise. */
function olderParts(stretch: Stretch, newest: number, oldest: number): readonly Stretch[] {
  const from = stretch.gte ?? FIRST;
  const left = oldest - from;
  const pages = left / Math.max(1, newest - oldest);
  if (pages <= CUT_ABOVE || left <= MOST_PARTS) return [];
  const count = Math.min(MOST_PARTS, Math.ceil(pages / CUT_ABOVE));
  const length = Math.ceil(left / count);
  const parts: Stretch[] = [];
  // The newest of the parts stays with the stretch itself, which is under way.
  for (let lt = oldest - length; lt > from; lt -= length) {
    const gte = lt - length > from ? lt - length : stretch.gte;
    parts.push({ path: stretch.path, lt, part: true, ...(gte !== undefined && { gte }) });
  }
  return parts;
}

async function page(
  http: VendorHttp,
  path: string,
  signal: AbortSignal,
  query: NonNullable<Parameters<VendorHttp["get"]>[1]>["query"] & {
    readonly starting_after?: string | undefined;
  },
): Promise<z.infer<typeof List>> {
  try {
    return await http.get(path, { query, schema: List, signal });
  } catch (error) {
    // The object that the cursor names is gone: its stretch begins anew (F29).
    if (query.starting_after !== undefined && isHaloError(error) && isMissing(error)) {
      throw new VendorError("The object that a list was read up to is gone: its part begins anew.", {
        reason: "cursor_expired",
      });
    }
    throw error;
  }
}

const isMissing = (error: unknown) => error instanceof VendorError && error.reason === "resource_missing";

/** A list to its end. */
export async function readAll(
  http: VendorHttp,
  path: string,
  query: { readonly [name: string]: string },
  signal: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<unknown[]> {
  const all: unknown[] = [];
  let after: string | undefined;
  for (;;) {
    const list = await http.get(path, {
      query: { ...query, limit: PAGE, starting_after: after },
      schema: List,
      signal,
    });
    all.push(...list.data);
    const last = z.object({ id: z.string() }).safeParse(list.data.at(-1)).data;
    if (!list.has_more || !last || last.id === after || all.length >= most) return all;
    after = last.id;
  }
}
