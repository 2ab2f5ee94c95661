import type { Book, Kind } from "../book/book.ts";
import { comparePlaces, firstAtOrAbove, type StripeObject } from "../book/table.ts";
import { badParameter, missing } from "./errors.ts";
import { readExpansion } from "./expand.ts";
import { givenText, integerParam, type Params } from "./params.ts";
import { type Rendered, render } from "./render.ts";

/** What a list keeps, as its parameters say. Undefined: the parameter says nothing. */
export type Filter = (
  params: Params,
  name: string,
  book: Book,
) => ((row: StripeObject) => boolean) | undefined;

export interface ListSettings {
  readonly kind: Kind;
  readonly url: string;
  readonly filters: Readonly<Record<string, Filter>>;
  /** Only those whose field names this id. */
  readonly owner?: { readonly field: string; readonly id: string };
  /** Oldest first, as items and lines stand. */
  readonly ascending?: boolean;
  readonly version: string;
  /** Applied where no parameter says otherwise. */
  readonly always?: (row: StripeObject, params: Params) => boolean;
}

/** What every list takes. */
export const PAGING: readonly string[] = ["limit", "starting_after", "ending_before"];

export interface ListAnswer {
  readonly object: "list";
  readonly data: Rendered[];
  readonly has_more: boolean;
  readonly url: string;
}

/** One page, newest first. */
export function listPage(book: Book, params: Params, settings: ListSettings): ListAnswer {
  const { always, filters, kind, owner, url, version } = settings;
  const limit = integerParam(params, "limit") ?? 10;
  if (limit < 1 || limit > 100)
    throw badParameter("limit", "parameter_invalid_integer", "Invalid limit: must be between 1 and 100");
  const after = givenText(params, "starting_after");
  const before = givenText(params, "ending_before");
  if (after !== undefined && before !== undefined) {
    throw badParameter(
      "starting_after",
      "parameters_exclusive",
      "You may only specify one of these parameters: starting_after, ending_before.",
    );
  }
  const { data: inner, ...rest } = readExpansion(params);
  const [wrong] = Object.keys(rest);
  if (wrong !== undefined)
    throw badParameter("expand", undefined, `This property cannot be expanded (${wrong}).`);

  const keeps = Object.entries(filters).flatMap(([name, filter]) => filter(params, name, book) ?? []);
  const table = book.tables[kind];
  const rows = rowsOf(book, params, settings);
  const keep = (row: StripeObject) =>
    !table.isDeleted(row.id) && (always?.(row, params) ?? true) && keeps.every((kept) => kept(row));

  // Forward is away from the top of the list: towards older ones, unless it is an ascending list.
  const up = settings.ascending === true;
  const backwards = before !== undefined;
  const step = up === backwards ? -1 : 1;
  const cursor = after ?? before;
  let at = step === 1 ? 0 : rows.length - 1;
  if (cursor !== undefined) {
    const place = placeOf(book, settings, cursor, after !== undefined ? "starting_after" : "ending_before");
    const found = firstBeyond(rows, (row) => comparePlaces(table.place(row), place));
    at = step === 1 ? found.above : found.below;
  }
  const taken: StripeObject[] = [];
  let has_more = false;
  for (; at >= 0 && at < rows.length; at += step) {
    const row = rows[at] as StripeObject;
    if (!keep(row)) continue;
    if (taken.length === limit) {
      has_more = true;
      break;
    }
    taken.push(row);
  }
  if (backwards) taken.reverse();
  const data = taken.map((row) => render(book, row, { expand: inner, version }, "data."));
  return { object: "list", data, has_more, url: owner ? url.replace("{id}", owner.id) : url };
}

/** The rows that can be meant, by an index where there is one. */
function rowsOf(book: Book, params: Params, { filters, kind, owner }: ListSettings): readonly StripeObject[] {
  const table = book.tables[kind];
  if (owner)
    return table.by(owner.field, owner.id) ?? table.rows.filter((row) => row[owner.field] === owner.id);
  for (const name of Object.keys(filters)) {
    const id = params[name];
    const rows = typeof id === "string" ? table.by(name, id) : undefined;
    if (rows) return rows;
  }
  return table.rows;
}

function placeOf(book: Book, { kind }: ListSettings, id: string, param: string) {
  const table = book.tables[kind];
  const row = table.get(id);
  // guess: 400 where a parameter names what is not there, 404 where the path does.
  if (!row) throw missing(kind, id, { otherMode: false, livemode: book.livemode, param, status: 400 });
  return table.place(row);
}

/** Indexes right above and right below a place, in rows that are sorted. */
function firstBeyond(rows: readonly StripeObject[], compare: (row: StripeObject) => number) {
  const at = firstAtOrAbove(rows, compare);
  const row = rows[at];
  return { below: at - 1, above: row && compare(row) === 0 ? at + 1 : at };
}
