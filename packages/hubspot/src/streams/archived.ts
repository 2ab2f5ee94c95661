import type { Page } from "@halo/core";
import * as z from "zod";
import { type Caller, repeatedCursor } from "./associations.ts";
import { LIST_PAGE } from "./object-pages.ts";
import type { ObjectType } from "./object-type.ts";

const ArchivedPage = z.object({
  results: z.array(z.object({ id: z.string(), archivedAt: z.iso.datetime({ offset: true }).nullish() })),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

const Cursor = z.object({ after: z.string() });

/**
 * Tombstones for what lies in the recycle bin (90 days), all of it each time: there is no filter by time, and search
 * never shows archived records. Privacy deletions and merges are not in it.
 */
export async function* archivedPages(
  { http, signal, paths }: Caller,
  type: ObjectType,
  resume: unknown,
): AsyncGenerator<Page> {
  let after = resume === undefined ? undefined : Cursor.parse(resume).after;
  for (;;) {
    const query = { limit: LIST_PAGE, archived: true, properties: "hs_object_id", after };
    const page = await http.get(paths.objects(type), { query, schema: ArchivedPage, signal });
    const next = page.paging?.next?.after;
    if (next !== undefined && next === after) throw repeatedCursor();
    const tombstones = page.results.map(({ id, archivedAt }) => ({
      key: id,
      deletedAt: archivedAt ? new Date(archivedAt) : undefined,
    }));
    after = next ?? after;
    yield {
      records: [],
      tombstones,
      cursor: after === undefined ? null : { after },
      done: next === undefined,
    };
    if (next === undefined) return;
  }
}
