import type { Json, Page, PullScope, ReadResult, Shard } from "@halo/core";
import * as z from "zod";
import type { Paths } from "../paths.ts";
import type { HubSpotReferences } from "../references.ts";
import { archivedPages } from "./archived.ts";
import { type Caller, readFingerprints } from "./associations.ts";
import { listPages } from "./list-pages.ts";
import { ListPart, wholeList } from "./list-parts.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-type.ts";
import { readObjects } from "./read-objects.ts";
import { searchWindow } from "./search-window.ts";

export type HubSpotScope = PullScope<HubSpotReferences>;

/** What a shard of one kind of record reads. */
const Part = z.union([
  ListPart,
  z.object({ read: z.literal("changed") }),
  z.object({ read: z.literal("archived") }),
  z.object({ read: z.literal("since"), property: z.string(), from: z.number() }),
]);

/** One kind of CRM record: how all of it, what changed, and single records are read. */
export interface CrmSource {
  readonly type: ObjectType;
  readonly shards: (scope: HubSpotScope) => readonly Shard[];
  readonly pull: (
    scope: HubSpotScope & { readonly shard: Shard; readonly cursor: Json | undefined },
  ) => AsyncIterable<Page>;
  readonly read: (scope: HubSpotScope, ids: readonly string[]) => Promise<ReadResult>;
  readonly fingerprints: (
    scope: HubSpotScope,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, string>>;
}

export function crmSource(paths: Paths, type: ObjectType): CrmSource {
  const callerOf = ({ http, signal }: HubSpotScope): Caller => ({ http, signal, paths });
  return {
    type,
    shards(scope) {
      if (scope.mode.kind !== "backfill") {
        return [
          { id: "changed", params: { read: "changed" } },
          { id: "archived", params: { read: "archived" } },
        ];
      }
      return [wholeList];
    },
    async *pull(scope) {
      const caller = callerOf(scope);
      const part = Part.parse(scope.shard.params);
      const resume = scope.cursor ?? undefined;
      switch (part.read) {
        case "list":
          yield* listPages(caller, type, part, { logger: scope.logger, resume });
          return;
        case "archived":
          yield* archivedPages(caller, type, resume);
          return;
        case "since":
          yield* searchWindow(caller, type, part, resume);
          return;
        case "changed": {
          const from = scope.since?.getTime() ?? 0;
          const property = OBJECT_TYPES[type].modifiedProperty;
          yield* searchWindow(caller, type, { property, from }, resume);
        }
      }
    },
    read: (scope, ids) => readObjects(callerOf(scope), type, ids),
    fingerprints: (scope, ids) => readFingerprints(callerOf(scope), type, ids),
  };
}
