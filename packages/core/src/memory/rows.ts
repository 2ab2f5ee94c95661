import type { Org, Row, Version } from "./state.ts";

/** A record of a connection; one that was merged into another is that other. */
export function findRow(org: Org, connectionId: string, stream: string, key: string): Row | undefined {
  const rows = org.collections.get(connectionId)?.get(stream)?.rows;
  let row = rows?.get(key);
  for (let steps = 0; row?.mergedInto !== undefined && steps < 20; steps++) {
    const next = rows?.get(row.mergedInto);
    if (next === undefined) break;
    row = next;
  }
  return row;
}

/** Where the vendor has no update time, the time of observation decides. */
export const versionOf = (updatedAt: Date | undefined, observedAt: Date): Version => [
  (updatedAt ?? observedAt).getTime(),
  observedAt.getTime(),
];

/** Negative: `a` is older. */
export const compareVersions = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1];
