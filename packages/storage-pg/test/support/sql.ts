import { internals, type PgStorage } from "../../src/pg-storage.ts";

/** A statement as the login itself, past the door: what a person with psql would see. */
export async function asLogin<Row = Record<string, unknown>>(
  storage: PgStorage,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const session = await storage[internals].connector.acquire();
  try {
    return (await session.query<Row>(text, values, false)).rows;
  } finally {
    session.release(false);
  }
}

export const doorOf = (storage: PgStorage) => storage[internals].door;
