import type { Kind } from "../book/book.ts";
import { accountObject } from "../objects/account.ts";
import { type Call, shown } from "./call.ts";
import { badParameter, missing } from "./errors.ts";
import { type ListSettings, listPage, PAGING } from "./list.ts";
import { requiredText } from "./params.ts";
import { RESOURCES, type Resource } from "./resources.ts";

/** One endpoint. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** With names in braces. */
  readonly path: string;
  /** In the ledger. */
  readonly kind: string;
  readonly objectType: string;
  /** The vendor's word, and what is needed of it. Undefined: any key may. */
  readonly permission: readonly [word: string, right: "read" | "write"] | undefined;
  /** Names that it takes besides `expand`; others are refused. */
  readonly params: readonly string[];
  /** Gives what goes over the wire. */
  handle(call: Call): unknown;
}

/** The object that a path names; 404 for none, and a word on the other mode when it is there. */
export function found(call: Call, kind: Kind, id: string, param = "id") {
  const { book } = call;
  const object = book.tables[kind].get(id);
  if (object) return object;
  throw missing(kind, id, {
    otherMode: call.inOtherMode(kind, id),
    livemode: book.livemode,
    param,
    status: 404,
  });
}

function listRoute(resource: Resource): Route {
  const { ascending = false, filters, kind, needs, path, permission } = resource;
  return {
    method: "GET",
    path: `/v1/${path}`,
    kind: "list",
    objectType: kind,
    permission: [permission, "read"],
    params: [...PAGING, ...Object.keys(filters)],
    handle({ book, params, version }) {
      if (needs !== undefined) requiredText(params, needs);
      return listPage(book, params, { kind, filters, url: `/v1/${path}`, version, ascending });
    },
  };
}

function retrieveRoute({ kind, path, permission }: Resource): Route {
  return {
    method: "GET",
    path: `/v1/${path}/{id}`,
    kind: "retrieve",
    objectType: kind,
    permission: [permission, "read"],
    params: [],
    handle: (call) => shown(call, found(call, kind, call.path.id ?? "")),
  };
}

/** A list of what belongs to one object. */
export function innerListRoute(
  path: string,
  owner: Kind,
  permission: string,
  settings: Pick<ListSettings, "kind" | "ascending"> & { readonly field: string },
): Route {
  const { field, ...rest } = settings;
  return {
    method: "GET",
    path,
    kind: "list",
    objectType: settings.kind,
    permission: [permission, "read"],
    params: PAGING,
    handle(call) {
      const { id } = found(call, owner, call.path.id ?? "");
      const { book, params, version } = call;
      return listPage(book, params, { ...rest, filters: {}, url: path, owner: { field, id }, version });
    },
  };
}

export const READING: readonly Route[] = [
  ...RESOURCES.flatMap((resource) => [listRoute(resource), retrieveRoute(resource)]),
  innerListRoute("/v1/invoices/{id}/lines", "invoice", "invoice", {
    kind: "line_item",
    field: "invoice",
    ascending: true,
  }),
  innerListRoute("/v1/credit_notes/{id}/lines", "credit_note", "credit_note", {
    kind: "credit_note_line_item",
    field: "credit_note",
    ascending: true,
  }),
  innerListRoute("/v1/charges/{id}/refunds", "charge", "charge", { kind: "refund", field: "charge" }),
  innerListRoute("/v1/customers/{id}/balance_transactions", "customer", "customer", {
    kind: "customer_balance_transaction",
    field: "customer",
  }),
  {
    method: "GET",
    path: "/v1/customers/{customer}/balance_transactions/{id}",
    kind: "retrieve",
    objectType: "customer_balance_transaction",
    permission: ["customer", "read"],
    params: [],
    handle(call) {
      const transaction = found(call, "customer_balance_transaction", call.path.id ?? "");
      if (transaction.customer !== call.path.customer)
        throw badParameter(
          "id",
          "resource_missing",
          `No such customer balance transaction: '${transaction.id}'`,
        );
      return shown(call, transaction);
    },
  },
  {
    method: "GET",
    path: "/v1/account",
    kind: "account",
    objectType: "account",
    permission: ["accounts_kyc_basic", "read"],
    params: [],
    handle: ({ book }) => accountObject(book.account),
  },
  {
    method: "GET",
    path: "/v1/accounts/{id}",
    kind: "account",
    objectType: "account",
    permission: ["accounts_kyc_basic", "read"],
    params: [],
    handle: (call) => {
      const { account } = call.book;
      if (call.path.id !== account.id) throw call.noAccess(call.path.id ?? "");
      return accountObject(account);
    },
  },
];

export interface Found {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** Finds routes among the given ones, by method and path. */
export function createRouter(
  more: readonly Route[],
): (method: string, pathname: string) => Found | undefined {
  const routes = [...READING, ...more].map((route) => ({ route, parts: route.path.split("/") }));
  // Names that stand there as they are come before ids: `/v1/customers/search` is no customer.
  routes.sort((a, b) => holes(a.parts) - holes(b.parts));
  const byShape = new Map<string, typeof routes>();
  for (const one of routes) {
    const key = `${one.route.method} ${one.parts.length}`;
    byShape.set(key, [...(byShape.get(key) ?? []), one]);
  }
  return (method, pathname) => {
    const parts = pathname.split("/");
    const candidates = byShape.get(`${method} ${parts.length}`) ?? [];
    const hit = candidates.find((one) => one.parts.every((part, i) => isHole(part) || part === parts[i]));
    if (!hit) return undefined;
    const path: Record<string, string> = {};
    hit.parts.forEach((part, i) => {
      if (isHole(part)) path[part.slice(1, -1)] = decodeURIComponent(parts[i] ?? "");
    });
    return { route: hit.route, path };
  };
}

const isHole = (part: string) => part.startsWith("{");
const holes = (parts: readonly string[]) => parts.filter(isHole).length;
