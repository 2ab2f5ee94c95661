import { createHash } from "node:crypto";
import type { PortalSnapshot } from "./snapshot.ts";

/** How many, and a hash over ids and contents in the order of ids. */
export interface StreamDigest {
  readonly count: number;
  readonly sha256: string;
}

/** One digest a kind: two portals with equal digests hold the same. */
export function digestSnapshot(snapshot: PortalSnapshot): Record<string, StreamDigest> {
  const streams: Record<string, ReadonlyMap<string, unknown>> = {
    ...snapshot.records,
    submissions: snapshot.submissions,
  };
  return Object.fromEntries(
    Object.entries(streams).map(([name, records]) => {
      const hash = createHash("sha256");
      for (const id of [...records.keys()].sort()) hash.update(`${id}:${JSON.stringify(records.get(id))}\n`);
      return [name, { count: records.size, sha256: hash.digest("hex") }];
    }),
  );
}
