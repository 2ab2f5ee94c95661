import type { Book, Kind } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";
import type { Grant } from "../keys.ts";
import type { Scene } from "../writes/scene.ts";
import type { StripeRefusal } from "./errors.ts";
import { readExpansion } from "./expand.ts";
import type { Params } from "./params.ts";
import { type Rendered, render } from "./render.ts";

/** One authorised request. */
export interface Call {
  readonly method: string;
  readonly params: Params;
  /** What stands in the path, by the route's names. */
  readonly path: Readonly<Record<string, string>>;
  readonly book: Book;
  readonly grant: Grant;
  readonly version: string;
  /** Where what it does is done. */
  readonly scene: Scene;
  /** Whether the account has it in its other mode. */
  inOtherMode(kind: Kind, id: string): boolean;
  /** The refusal for an account that this key has nothing to do with. */
  noAccess(accountId: string): StripeRefusal;
}

/** The object, with what the request wants expanded. */
export const shown = ({ book, params, version }: Call, object: StripeObject): Rendered =>
  render(book, object, { expand: readExpansion(params), version });
