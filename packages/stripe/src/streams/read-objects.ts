import type { KeyToRead, ReadResult, Tombstone, VendorHttp } from "@halo/core";
import * as z from "zod";

const Deleted = z.object({ id: z.string(), deleted: z.literal(true) });

/** Calls at once; the limits decide how many of them go out. */
const TOGETHER = 20;

/** Single objects as they are now; what was deleted says so itself, or is not there. */
export async function readObjects(
  { http, signal }: { readonly http: VendorHttp; readonly signal: AbortSignal },
  keys: readonly KeyToRead[],
  pathOf: (key: KeyToRead) => string | undefined,
  complete: (object: unknown) => Promise<unknown>,
): Promise<ReadResult> {
  const records: unknown[] = [];
  const missing: string[] = [];
  const tombstones: Tombstone[] = [];
  const one = async (named: KeyToRead) => {
    const { key } = named;
    const path = pathOf(named);
    const object = path === undefined ? undefined : await http.get(path, { absentOn: [404], signal });
    if (object === undefined) missing.push(key);
    else if (Deleted.safeParse(object).success) tombstones.push({ key });
    else records.push(await complete(object));
  };
  for (let at = 0; at < keys.length; at += TOGETHER) {
    await Promise.all(keys.slice(at, at + TOGETHER).map(one));
  }
  return { records, missing, tombstones };
}
