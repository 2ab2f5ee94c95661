import type { Book, Kind } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";
import { eventInVersion } from "../events.ts";
import { planOf } from "../objects/catalogue.ts";
import { cannotExpand, type Expansion, type Inclusion, LISTS, REFERENCES } from "./expand.ts";
import { inVersion } from "./versions.ts";

export type Rendered = Record<string, unknown>;

/**
 * A list inside an object holds so many; the rest is read from its own address.
 * guess: 10 for all of them, as the default of lists is; documented is that they are cut.
 */
export const INNER_LIST = 10;

export interface RenderOptions {
  readonly expand?: Expansion | undefined;
  readonly version: string;
}

/** An object as it goes over the wire. */
export function render(book: Book, object: StripeObject, options: RenderOptions, path = ""): Rendered {
  const kind = object.object as Kind;
  if (book.tables[kind].isDeleted(object.id)) return { id: object.id, object: kind, deleted: true };
  const shown: Rendered = structuredClone(object);
  if (kind === "line_item" || kind === "credit_note_line_item") delete shown.created;
  if (kind === "credit_note_line_item") delete shown.credit_note;
  if (kind === "subscription_item") putPrice(book, shown);
  if (kind === "event") return eventInVersion(shown, String(shown.api_version));
  const lists = LISTS[kind] ?? {};
  const expand = options.expand ?? {};
  for (const [field, list] of Object.entries(lists)) {
    if (list.onRequest && expand[field] === undefined) continue;
    shown[field] = innerList(book, object, list, { ...options, expand: expand[field] }, `${path}${field}.`);
  }
  for (const [field, inner] of Object.entries(expand)) {
    if (lists[field]) continue;
    expandField(book, shown, kind, [field], inner, options, path);
  }
  return inVersion(shown, options.version);
}

/** The items of a subscription carry their price, and beside it the plan that it once was. */
function putPrice(book: Book, shown: Rendered): void {
  const priced = book.need("price", String(shown.price));
  shown.plan = planOf(priced);
  shown.price = structuredClone(priced);
}

function innerList(
  book: Book,
  owner: StripeObject,
  list: Inclusion,
  options: RenderOptions,
  path: string,
): Rendered {
  const members = membersOf(book, owner, list);
  const { data: inner, ...rest } = options.expand ?? {};
  const [wrong] = Object.keys(rest);
  if (wrong !== undefined) throw cannotExpand(`${path}${wrong}`);
  const data = members
    .slice(0, INNER_LIST)
    .map((one) => render(book, one, { ...options, expand: inner }, `${path}data.`));
  return { object: "list", data, has_more: members.length > INNER_LIST, url: list.url(owner.id) };
}

/** Of a list inside an object: items and lines as they were added, the others newest first. */
export function membersOf(book: Book, owner: StripeObject, list: Inclusion): readonly StripeObject[] {
  const table = book.tables[list.kind];
  const all = table.by(list.by, owner.id) ?? table.rows.filter((row) => row[list.by] === owner.id);
  const live = all.filter((row) => !table.isDeleted(row.id));
  const ended = (row: StripeObject) => row.status === "canceled" || row.status === "incomplete_expired";
  if (list.kind === "subscription") return live.filter((row) => !ended(row)).reverse();
  return list.onRequest ? live.reverse() : live;
}

function expandField(
  book: Book,
  shown: Rendered,
  kind: Kind,
  fields: readonly string[],
  inner: Expansion,
  options: RenderOptions,
  path: string,
): void {
  const name = fields.join(".");
  const references = REFERENCES[kind] ?? {};
  const target = references[name];
  if (target) {
    const holder = fields.slice(0, -1).reduce<Rendered | undefined>((at, field) => mapOf(at?.[field]), shown);
    const last = fields.at(-1) ?? "";
    const id = holder?.[last];
    const found = typeof id === "string" ? book.tables[target].get(id) : undefined;
    if (holder && found) holder[last] = render(book, found, { ...options, expand: inner }, `${path}${name}.`);
    return;
  }
  const leadsOn = Object.keys(references).some((reference) => reference.startsWith(`${name}.`));
  if (!leadsOn || Object.keys(inner).length === 0) throw cannotExpand(`${path}${name}`);
  for (const [field, deeper] of Object.entries(inner))
    expandField(book, shown, kind, [...fields, field], deeper, options, path);
}

const mapOf = (value: unknown): Rendered | undefined =>
  typeof value === "object" && value !== null ? (value as Rendered) : undefined;
