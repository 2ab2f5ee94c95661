import type { Book, Kind } from "../../book/book.ts";
import type { StripeObject } from "../../book/table.ts";
import { badParameter } from "../errors.ts";
import { readExpansion } from "../expand.ts";
import { givenText, integerParam, requiredText } from "../params.ts";
import { render } from "../render.ts";
import type { Route } from "../router.ts";

/** What can be searched, and by which fields (D:search). `metadata['name']` goes everywhere. */
const SEARCHABLE: readonly {
  readonly kind: Kind;
  readonly path: string;
  readonly permission: string;
  readonly fields: readonly string[];
}[] = [
  {
    kind: "customer",
    path: "customers",
    permission: "customer",
    fields: ["created", "email", "name", "phone"],
  },
  { kind: "subscription", path: "subscriptions", permission: "subscription", fields: ["created", "status"] },
  {
    kind: "invoice",
    path: "invoices",
    permission: "invoice",
    fields: ["created", "currency", "customer", "number", "status", "total"],
  },
  {
    kind: "charge",
    path: "charges",
    permission: "charge",
    fields: ["amount", "created", "currency", "customer", "status"],
  },
];

type Matches = (row: StripeObject) => boolean;

/** One clause: field, sign, value. */
const CLAUSE = /^(-?)(metadata\[['"](.+?)['"]\]|\w+)(:|~|>=|<=|>|<)(?:['"](.*)['"]|(-?\d+)|(null))$/;

function clause(text: string, fields: readonly string[]): Matches {
  const [, minus, name = "", meta, sign, quoted, number, none] = CLAUSE.exec(text.trim()) ?? [];
  const known = meta !== undefined || fields.includes(name);
  if (!sign || !known)
    throw badParameter("query", undefined, `We were unable to parse your search query: ${text}`);
  const read = (row: StripeObject): unknown =>
    meta === undefined ? row[name] : (row.metadata as Record<string, string>)[meta];
  const wanted = (quoted ?? number ?? "").toLowerCase();
  const matches: Matches = (row) => {
    const value = read(row);
    if (none) return value === null || value === undefined;
    if (value === null || value === undefined) return false;
    const text = String(value).toLowerCase();
    switch (sign) {
      case ":":
        return text === wanted;
      case "~":
        return text.includes(wanted);
      case ">":
        return Number(value) > Number(wanted);
      case "<":
        return Number(value) < Number(wanted);
      case ">=":
        return Number(value) >= Number(wanted);
      default:
        return Number(value) <= Number(wanted);
    }
  };
  return minus ? (row) => !matches(row) : matches;
}

function parse(query: string, fields: readonly string[]): Matches {
  const either = / OR /i.test(query);
  if (either && / AND /i.test(query))
    throw badParameter("query", undefined, "You can't combine AND and OR in one search query.");
  const all = query.split(either ? / OR /i : / AND /i).map((text) => clause(text, fields));
  return (row) => (either ? all.some((one) => one(row)) : all.every((one) => one(row)));
}

/** What was made in the last so many seconds is not found yet: "up to a minute" at the vendor. */
const foundBy = (book: Book, lagSeconds: number): Matches => {
  const until = book.now() - lagSeconds;
  return (row) => row.created <= until;
};

export const SEARCHING: readonly Route[] = SEARCHABLE.map(({ fields, kind, path, permission }) => ({
  method: "GET",
  path: `/v1/${path}/search`,
  kind: "search",
  objectType: kind,
  permission: [permission, "read"],
  params: ["query", "limit", "page"],
  handle({ book, params, scene, version }) {
    const matches = parse(requiredText(params, "query"), fields);
    const limit = integerParam(params, "limit") ?? 10;
    const from = Number(givenText(params, "page") ?? 0);
    const table = book.tables[kind];
    const visible = foundBy(book, Math.ceil(scene.behaviour.searchLagMs / 1_000));
    const rows = table.rows
      .filter((row) => !table.isDeleted(row.id) && visible(row) && matches(row))
      .reverse();
    const page = rows.slice(from, from + limit);
    const has_more = rows.length > from + limit;
    const { data: expand } = readExpansion(params);
    return {
      object: "search_result",
      data: page.map((row) => render(book, row, { expand, version }, "data.")),
      has_more,
      next_page: has_more ? String(from + limit) : null,
      url: `/v1/${path}/search`,
    };
  },
}));
