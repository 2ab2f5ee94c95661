import { EVENT_WINDOW, meansType } from "../../events.ts";
import { shown } from "../call.ts";
import { badParameter, missing } from "../errors.ts";
import { range } from "../filters.ts";
import { type Filter, listPage, PAGING } from "../list.ts";
import { flagParam, givenText, listParam } from "../params.ts";
import { found, type Route } from "../router.ts";

const MAX_TYPES = 20;

const ofType: Filter = (params) => {
  const type = givenText(params, "type");
  return type === undefined ? undefined : (row) => meansType(type, String(row.type));
};

const ofTypes: Filter = (params) => {
  const types = listParam(params, "types");
  if (!types) return undefined;
  if (params.type !== undefined) {
    throw badParameter(
      "types",
      "parameters_exclusive",
      "You may only specify one of these parameters: type, types.",
    );
  }
  if (types.length > MAX_TYPES)
    throw badParameter("types", undefined, `You may specify up to ${MAX_TYPES} event types.`);
  return (row) => types.some((type) => meansType(type, String(row.type)));
};

/** guess: an event that nobody waits for counts as delivered. */
const delivered: Filter = (params, name) => {
  const wanted = flagParam(params, name);
  return wanted === undefined ? undefined : (row) => (row.pending_webhooks === 0) === wanted;
};

const FILTERS = { type: ofType, types: ofTypes, created: range, delivery_success: delivered };

export const EVENTS: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/events",
    kind: "list",
    objectType: "event",
    permission: ["event", "read"],
    params: [...PAGING, ...Object.keys(FILTERS)],
    handle({ book, params, version }) {
      const since = book.now() - EVENT_WINDOW;
      return listPage(book, params, {
        kind: "event",
        url: "/v1/events",
        filters: FILTERS,
        always: (row) => row.created > since,
        version,
      });
    },
  },
  {
    method: "GET",
    path: "/v1/events/{id}",
    kind: "retrieve",
    objectType: "event",
    permission: ["event", "read"],
    params: [],
    handle(call) {
      const event = found(call, "event", call.path.id ?? "");
      const { livemode } = call.book;
      if (event.created <= call.book.now() - EVENT_WINDOW)
        throw missing("event", event.id, { otherMode: false, livemode, param: "id", status: 404 });
      return shown(call, event);
    },
  },
];
