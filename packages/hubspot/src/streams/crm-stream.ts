import { type AnyStream, defineStream, type StreamDefinition } from "@halo/core";
import type { Paths } from "../paths.ts";
import type { HubSpotReferences } from "../references.ts";
import { recordFingerprint } from "./associations.ts";
import { contentOf } from "./content.ts";
import { CrmObject } from "./crm-object.ts";
import { crmSource, type HubSpotScope } from "./crm-source.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-type.ts";
import { list } from "./property-values.ts";

/** Search shows a change "a few moments" late ("Search the CRM", read 2026-11-21): look five minutes further back. */
export const OVERLAP_MS = 5 * 60_000;

/** How long a scheduled sync lets associations rest, whose changes move no timestamp. */
export const RECHECK_EVERY_MS = 24 * 3_600_000;

/** Ids that one association call takes. */
export const RECHECK_BATCH = 1_000;

type Own = Pick<
  StreamDefinition<CrmObject, HubSpotReferences>,
  "name" | "columns" | "row" | "customer" | "links" | "document" | "counts"
>;

/** A stream that is one kind of CRM record: what differs is its columns and what they mean. */
export function crmStream(paths: Paths, type: ObjectType, own: Own): AnyStream {
  const source = crmSource(paths, type);
  return defineStream<CrmObject, HubSpotReferences>({
    id: type,
    record: CrmObject,
    key: (record) => record.id,
    updatedAt: (record) => new Date(record.updatedAt),
    overlapMs: OVERLAP_MS,
    content: (record) => contentOf(type, record),
    mergedKeys: (record) => list(record, "hs_merged_object_ids").filter((id) => id !== record.id),
    shards: async (scope) => source.shards(scope),
    pull: source.pull,
    read: (scope) =>
      source.read(
        scope,
        scope.keys.map(({ key }) => key),
      ),
    // Only where records of this kind keep the ids of others.
    ...(OBJECT_TYPES[type].associations.length > 0 && {
      recheck: {
        batchSize: RECHECK_BATCH,
        everyMs: RECHECK_EVERY_MS,
        fingerprint: (record: CrmObject) => recordFingerprint(type, record),
        read: (scope: HubSpotScope & { readonly keys: readonly string[] }) =>
          source.fingerprints(scope, scope.keys),
      },
    }),
    ...own,
  });
}
