import { type Rendered, render } from "../api/render.ts";
import { API_VERSION } from "../api/versions.ts";
import type { StripeBehaviour } from "../behaviour.ts";
import type { Book, Kind } from "../book/book.ts";
import type { StripeObject } from "../book/table.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Where and by whom something is done. */
export interface Scene {
  readonly book: Book;
  readonly behaviour: StripeBehaviour;
  /** Unix seconds: the present, or when that was due which happens by itself. */
  readonly now: number;
  /** An event of this type, about the object as it is now. */
  tell(type: string, object: StripeObject, previous?: Rendered): void;
}

/** A new object, and the event of its creation. */
export function add(scene: Scene, object: StripeObject, type?: string): StripeObject {
  scene.book.tables[object.object as Kind].insert(object);
  if (type !== undefined) scene.tell(type, object);
  return object;
}

/** Changes an object, and tells what was there before. Where nothing changes nothing is told. */
export function change(
  scene: Scene,
  type: string | undefined,
  object: StripeObject,
  work: Fields | (() => void),
): void {
  const before = render(scene.book, object, { version: API_VERSION });
  if (typeof work === "function") work();
  else Object.assign(object, work);
  const previous = difference(before, render(scene.book, object, { version: API_VERSION }));
  if (type !== undefined && Object.keys(previous).length > 0) scene.tell(type, object, previous);
}

/** What stood there before, of fields that are different now; inside of maps only those, of lists all. */
export function difference(before: Rendered, after: Rendered): Rendered {
  const changed: Rendered = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, young] = [before[name], after[name]];
    if (JSON.stringify(old) === JSON.stringify(young)) continue;
    changed[name] =
      isMap(old) && isMap(young) && name !== "metadata" ? difference(old, young) : (old ?? null);
  }
  return changed;
}

const isMap = (value: unknown): value is Rendered =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const ZERO_DECIMAL = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "));

/** An amount as the vendor's messages write it. */
export function money(amount: number, currency: string): string {
  const digits = ZERO_DECIMAL.has(currency) ? 0 : 2;
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount / 10 ** digits);
}
