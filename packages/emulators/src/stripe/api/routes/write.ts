import type { Kind } from "../../book/book.ts";
import type { StripeObject } from "../../book/table.ts";
import type { Call } from "../call.ts";
import { missing } from "../errors.ts";
import { requiredText } from "../params.ts";
import { found, type Route } from "../router.ts";

export interface WriteRoute extends Pick<Route, "path" | "params" | "handle"> {
  readonly method?: Route["method"];
  readonly kind: "create" | "update" | "delete";
  readonly objectType: string;
  /** The vendor's word in the permission `rak_{word}_write`. */
  readonly word: string;
}

export const write = ({ method = "POST", word, ...rest }: WriteRoute): Route => ({
  ...rest,
  method,
  permission: [word, "write"],
});

const gone = (call: Call, kind: Kind, id: string, param: string) =>
  missing(kind, id, {
    otherMode: call.inOtherMode(kind, id),
    livemode: call.book.livemode,
    param,
    status: 404,
  });

/** The object that a parameter names. guess: 404 as for a path, since it is what the request is about. */
export function named(call: Call, kind: Kind, param: string): StripeObject {
  const id = requiredText(call.params, param);
  const table = call.book.tables[kind];
  const object = table.get(id);
  if (object && !table.isDeleted(id)) return object;
  throw gone(call, kind, id, param);
}

/** The object that the path names, which must not have been deleted. */
export function alive(call: Call, kind: Kind): StripeObject {
  const object = found(call, kind, call.path.id ?? "");
  if (!call.book.tables[kind].isDeleted(object.id)) return object;
  throw gone(call, kind, object.id, "id");
}
