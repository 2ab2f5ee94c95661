import type { Json, Logger, Page } from "@halo/core";
import * as z from "zod";
import type { Caller } from "./associations.ts";
import { compareIds, following, idOf, preceding } from "./crm-object.ts";
import { type CutFound, type ListPart, partsOf } from "./list-parts.ts";
import { objectPages } from "./object-pages.ts";
import type { ObjectType } from "./object-type.ts";
import { searchId } from "./search.ts";

const ListCursor = z.object({ after: z.string() });

/**
 * Reads a part of a list. Where the part is still to be cut, a search looks for the place meanwhile; with the first
 * page after its answer this part ends, and those that it names take over.
 */
export async function* listPages(
  caller: Caller,
  type: ObjectType,
  part: ListPart,
  { logger, resume }: { readonly logger: Logger; readonly resume: Json | undefined },
): AsyncGenerator<Page> {
  const range = { from: part.from ?? undefined, until: part.until ?? undefined };
  const start = resume ?? (part.after == null ? undefined : { after: part.after });
  const over = new AbortController();
  let found: CutFound | undefined;
  if (part.cut) {
    const signal = AbortSignal.any([caller.signal, over.signal]);
    const after = range.from === undefined ? undefined : preceding(range.from);
    searchId({ ...caller, signal }, type, { after, offset: part.cut.records - 1 }).then(
      (answer) => {
        found = answer;
      },
      () => {
        // One cursor reads it all, slowly; if it is the connection that fails, the list fails as well and tells why.
        if (!signal.aborted) logger.warn("A list could not be cut into parts", { type });
      },
    );
  }
  let pages = 0;
  try {
    for await (const page of objectPages(caller, type, range, start)) {
      pages += 1;
      const from = beyond(page.records);
      if (page.done || found === undefined || from === undefined) {
        yield page;
        continue;
      }
      const after = ListCursor.safeParse(page.cursor).data?.after;
      yield { ...page, done: true, shards: partsOf(type, part, found, { pages, from, after }) };
      return;
    }
  } finally {
    over.abort(new Error("this part is read"));
  }
}

/** The smallest id that is greater than any of a page; undefined where none has one. */
function beyond(records: readonly unknown[]): string | undefined {
  const ids = records.map(idOf).filter((id) => id !== undefined);
  const [first, ...others] = ids;
  return first && following(others.reduce((a, b) => (compareIds(a, b) > 0 ? a : b), first));
}
