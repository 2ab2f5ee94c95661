import * as z from "zod";
import { type Caller, withAssociations } from "./associations.ts";
import { SearchPage } from "./crm-object.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-type.ts";

/** Rows of one page, the most that search gives. */
export const SEARCH_PAGE = 200;

export interface SearchFilter {
  readonly propertyName: string;
  readonly operator: "EQ" | "GT" | "GTE" | "LT";
  readonly value: string;
}

export interface SearchQuery {
  readonly filters: readonly SearchFilter[];
  readonly sort: string;
}

/** The first page of a search, ascending, with associations: search itself sends none. */
export async function searchPage(
  caller: Caller,
  type: ObjectType,
  { filters, sort }: SearchQuery,
): Promise<{ readonly records: readonly unknown[]; readonly more: boolean }> {
  const { http, signal, paths } = caller;
  const answer = await http.post(paths.search(type), {
    json: {
      filterGroups: [{ filters }],
      sorts: [{ propertyName: sort, direction: "ASCENDING" }],
      properties: OBJECT_TYPES[type].properties,
      limit: SEARCH_PAGE,
    },
    schema: SearchPage,
    repeatable: true,
    signal,
  });
  const records = await withAssociations(caller, type, answer.results);
  return { records, more: answer.paging?.next != null };
}

const IdPage = SearchPage.extend({ results: z.array(z.object({ id: z.string() })) });

/** The id of the record at `offset` among those after `after` in the order of ids, and how many there are in all. */
export async function searchId(
  { http, signal, paths }: Caller,
  type: ObjectType,
  { after, offset }: { readonly after: string | undefined; readonly offset: number },
): Promise<{ readonly id: string | undefined; readonly total: number }> {
  const filters = after === undefined ? [] : [{ propertyName: "hs_object_id", operator: "GT", value: after }];
  const answer = await http.post(paths.search(type), {
    json: {
      ...(filters.length > 0 && { filterGroups: [{ filters }] }),
      sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
      properties: ["hs_object_id"],
      limit: 1,
      ...(offset > 0 && { after: String(offset) }),
    },
    schema: IdPage,
    repeatable: true,
    signal,
  });
  return { id: answer.results[0]?.id, total: answer.total };
}
