import { createHash } from "node:crypto";
import { type Rendered, render } from "./api/render.ts";
import { API_VERSION } from "./api/versions.ts";
import { type Book, KINDS, type Kind } from "./book/book.ts";

/** What a book holds at this moment, without what was deleted: the truth that a mirror of it is compared with. */
export interface BookSnapshot {
  readonly accountId: string;
  readonly livemode: boolean;
  /** By kind and id, as the newest version of the API shows them. */
  readonly objects: Readonly<Record<Kind, ReadonlyMap<string, Rendered>>>;
}

export function snapshotBook(book: Book, kinds: readonly Kind[] = KINDS): BookSnapshot {
  const objects = Object.fromEntries(
    KINDS.map((kind) => {
      const table = book.tables[kind];
      const rows = kinds.includes(kind) ? table.rows.filter((row) => !table.isDeleted(row.id)) : [];
      return [kind, new Map(rows.map((row) => [row.id, render(book, row, { version: API_VERSION })]))];
    }),
  ) as Record<Kind, Map<string, Rendered>>;
  return { accountId: book.account.id, livemode: book.livemode, objects };
}

/** One digest a kind: two books with equal digests hold the same. */
export function digestBook(book: Book): Record<string, { readonly count: number; readonly sha256: string }> {
  return Object.fromEntries(
    Object.entries(snapshotBook(book).objects).map(([kind, objects]) => {
      const hash = createHash("sha256");
      for (const id of [...objects.keys()].sort()) hash.update(`${id}:${JSON.stringify(objects.get(id))}\n`);
      return [kind, { count: objects.size, sha256: hash.digest("hex") }];
    }),
  );
}
