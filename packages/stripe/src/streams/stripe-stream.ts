import {
  type AnyStream,
  defineStream,
  type Json,
  type KeyToRead,
  type StreamDefinition,
  type VendorHttp,
} from "@halo/core";
import type { StripeReferences } from "../references.ts";
import { changedPages, EVENTS, EVENTS_WINDOW_MS, type EventObject } from "./changes.ts";
import { listPages, stretches } from "./list-pages.ts";
import { readObjects } from "./read-objects.ts";

/** What events of the same second, and what is shown late, may lie before. */
const OVERLAP_MS = 60_000;

type Definition<R> = StreamDefinition<R, StripeReferences>;

export interface StripeStream<R>
  extends Pick<
    Definition<R>,
    "id" | "name" | "record" | "columns" | "row" | "customer" | "links" | "revenue"
  > {
  readonly key: (record: R) => string;
  /** Lists, each with what it needs beside the usual. */
  readonly lists: readonly { readonly path: string; readonly query?: { readonly [name: string]: string } }[];
  /** Where one object is read; undefined for an id of another kind. */
  readonly pathOf: (named: KeyToRead) => string | undefined;
  /** Events that tell of a change, at most 20. */
  readonly events: readonly string[];
  /** The record that an event's object leads to. */
  readonly keyOf: (object: EventObject) => KeyToRead | undefined;
  /** Reads the lists inside an object to their ends. */
  readonly complete?: (caller: {
    readonly http: VendorHttp;
    readonly signal: AbortSignal;
  }) => (object: unknown) => Promise<unknown>;
}

/**
 * How every stream of Stripe's is read: a backfill by stretches of creation time, everything later by events, since no
 * object has an update time.
 */
export function stripeStream<R>(stream: StripeStream<R>): AnyStream {
  const {
    complete = () => async (object: unknown) => object,
    events,
    keyOf,
    lists,
    pathOf,
    ...rest
  } = stream;
  const read = (scope: { http: VendorHttp; signal: AbortSignal }, keys: readonly KeyToRead[]) =>
    readObjects(scope, keys, pathOf, complete(scope));
  return defineStream<R, StripeReferences>({
    ...rest,
    overlapMs: OVERLAP_MS,
    longestGapMs: EVENTS_WINDOW_MS,
    shards: async ({ now, since }) =>
      since ? [{ id: EVENTS }] : lists.flatMap(({ path }) => stretches(path, now)),
    pull: (scope) => {
      const { shard, since } = scope;
      if (shard.id === EVENTS && since) {
        return changedPages({ ...scope, since }, events, keyOf, (keys) => read(scope, keys));
      }
      const path = (shard.params as { readonly path?: Json } | undefined)?.path;
      const query = lists.find((list) => list.path === path)?.query ?? {};
      return listPages({ ...scope, query, complete: complete(scope) });
    },
    read: ({ keys, ...scope }) => read(scope, keys),
  });
}
