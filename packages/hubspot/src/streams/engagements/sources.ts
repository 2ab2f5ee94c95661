import type { Json, Page, ReadResult, Shard, Tombstone } from "@halo/core";
import * as z from "zod";
import type { Paths } from "../../paths.ts";
import { isRawObject } from "../crm-object.ts";
import { type CrmSource, crmSource, type HubSpotScope } from "../crm-source.ts";
import { unlessForbidden } from "../unless-forbidden.ts";
import { allForms, formPages } from "./form-submissions.ts";
import {
  CRM_ENGAGEMENT_KINDS,
  type CrmEngagementKind,
  ENGAGEMENT_TYPES,
  engagementKey,
  parseEngagementKey,
} from "./record.ts";

/** The scope that a kind needs beside those of contacts; without it the other kinds are read all the same. */
const OPTIONAL_SCOPES: { readonly [kind: string]: string } = {
  email: "sales-email-read",
  form_submission: "forms",
};

const Params = z.object({ kind: z.string(), part: z.unknown() });
const DAY_MS = 86_400_000;

/** All kinds of engagement as one: shards, keys and records say which kind they are of. */
export interface EngagementSources {
  readonly shards: (scope: HubSpotScope) => readonly Shard[];
  readonly pull: (
    scope: HubSpotScope & { readonly shard: Shard; readonly cursor: Json | undefined },
  ) => AsyncIterable<Page>;
  readonly read: (scope: HubSpotScope, keys: readonly string[]) => Promise<ReadResult>;
  readonly fingerprints: (
    scope: HubSpotScope,
    keys: readonly string[],
  ) => Promise<ReadonlyMap<string, string>>;
}

export function engagementSources(paths: Paths): EngagementSources {
  const sources = new Map<CrmEngagementKind, CrmSource>(
    CRM_ENGAGEMENT_KINDS.map((kind) => [kind, crmSource(paths, ENGAGEMENT_TYPES[kind])]),
  );
  const sourceOf = (kind: CrmEngagementKind) => sources.get(kind) as CrmSource;
  return {
    shards(scope) {
      if (scope.mode.kind === "email_catch_up") {
        const from = scope.now.getTime() - scope.mode.days * DAY_MS;
        const part = { read: "since", property: "hs_timestamp", from };
        return [{ id: "email/since", params: { kind: "email", part } }];
      }
      return [
        ...CRM_ENGAGEMENT_KINDS.flatMap((kind) => shardsOf(scope, kind, sourceOf(kind).shards(scope))),
        ...shardsOf(scope, "form_submission", [allForms]),
      ];
    },
    async *pull(scope) {
      const { kind, part } = Params.parse(scope.shard.params);
      const crm = CRM_ENGAGEMENT_KINDS.find((name) => name === kind);
      const shard = { ...scope.shard, params: part as Json };
      const pages = crm
        ? tagged(crm, sourceOf(crm).pull({ ...scope, shard }))
        : formPages({ ...scope, paths }, shard.params, scope.since, scope.cursor ?? undefined);
      const found = withTaggedShards(kind, pages);
      yield* OPTIONAL_SCOPES[kind] === undefined ? found : unlessScopeMissing(scope, kind, found);
    },
    async read(scope, keys) {
      const results = await Promise.all(
        byKind(keys).map(async ([kind, ids]) => tagResult(kind, await sourceOf(kind).read(scope, ids))),
      );
      return {
        records: results.flatMap((result) => result.records),
        missing: results.flatMap((result) => result.missing),
        tombstones: results.flatMap((result) => result.tombstones ?? []),
      };
    },
    async fingerprints(scope, keys) {
      const maps = await Promise.all(
        byKind(keys).map(async ([kind, ids]) => {
          const found = await sourceOf(kind).fingerprints(scope, ids);
          return [...found].map(([id, print]) => [engagementKey(kind, id), print] as const);
        }),
      );
      return new Map(maps.flat());
    },
  };
}

function shardsOf(scope: HubSpotScope, kind: string, shards: readonly Shard[]): readonly Shard[] {
  const optional = OPTIONAL_SCOPES[kind];
  if (optional === undefined || scope.scopes?.has(optional) !== false) return tagShards(kind, shards);
  warnSkipped(scope, kind);
  return [];
}

function tagShards(kind: string, shards: readonly Shard[]): readonly Shard[] {
  return shards.map(({ id, params, ...rest }) => ({
    ...rest,
    id: `${kind}/${id}`,
    params: { kind, part: params },
  }));
}

/** A kind that the connection may not read has no pages, and keeps no other kind from being read. */
async function* unlessScopeMissing(
  scope: HubSpotScope,
  kind: string,
  pages: AsyncIterable<Page>,
): AsyncGenerator<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    const first = await unlessForbidden(() => iterator.next());
    if (first === undefined) {
      warnSkipped(scope, kind);
      yield { records: [], cursor: null, done: true };
      return;
    }
    for (let step = first; !step.done; step = await iterator.next()) yield step.value;
  } finally {
    await iterator.return?.();
  }
}

function warnSkipped({ logger }: HubSpotScope, kind: string): void {
  logger.warn("Skipped a kind of engagement: a scope is missing. Reconnect and grant it.", {
    kind,
    scope: OPTIONAL_SCOPES[kind],
  });
}

async function* tagged(kind: CrmEngagementKind, pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  for await (const page of pages) {
    yield {
      ...page,
      records: tagRecords(kind, page.records),
      tombstones: tagTombstones(kind, page.tombstones ?? []),
    };
  }
}

async function* withTaggedShards(kind: string, pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  for await (const page of pages) {
    yield page.shards ? { ...page, shards: tagShards(kind, page.shards) } : page;
  }
}

function tagResult(kind: CrmEngagementKind, result: ReadResult): ReadResult {
  return {
    records: tagRecords(kind, result.records),
    missing: result.missing.map((id) => engagementKey(kind, id)),
    tombstones: tagTombstones(kind, result.tombstones ?? []),
  };
}

function tagRecords(kind: CrmEngagementKind, records: readonly unknown[]): readonly unknown[] {
  return records.map((record) => (isRawObject(record) ? { kind, ...record } : record));
}

function tagTombstones(kind: CrmEngagementKind, tombstones: readonly Tombstone[]): readonly Tombstone[] {
  return tombstones.map(({ key, mergedInto, ...rest }) => ({
    ...rest,
    key: engagementKey(kind, key),
    ...(mergedInto !== undefined && { mergedInto: engagementKey(kind, mergedInto) }),
  }));
}

/** Form submissions cannot be read one by one: their keys are left out, and what is stored stays. */
function byKind(keys: readonly string[]): readonly (readonly [CrmEngagementKind, readonly string[]])[] {
  const parsed = keys.map(parseEngagementKey).filter((key) => key !== undefined);
  return CRM_ENGAGEMENT_KINDS.map(
    (kind) => [kind, parsed.filter((key) => key.kind === kind).map((key) => key.id)] as const,
  ).filter(([, ids]) => ids.length > 0);
}
