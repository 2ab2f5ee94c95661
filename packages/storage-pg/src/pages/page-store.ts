import { type PageStore, StorageError } from "@halo/core";
import type { Door } from "../tenant.ts";
import { commitPage } from "./commit.ts";
import { mirrorReader } from "./mirror.ts";
import { readFingerprints, readKept, readKeys, readRecord, readStats, readUnseen } from "./read-pages.ts";

/** `counted`: whether a table's records count towards the customers that they are linked to. */
export function pageStore(door: Door, counted: (table: string) => boolean): PageStore {
  const readMirror = mirrorReader(door);
  return {
    async commit(page) {
      try {
        return await door.inOrg(page.orgId, (tx) =>
          commitPage(tx, readMirror, page, "hopeful", counted(page.table)),
        );
      } catch (error) {
        // Another transaction stored one of its new rows first (23505): all of it again, ready for that.
        if (!(error instanceof StorageError && error.state === "23505")) throw error;
        return door.inOrg(page.orgId, (tx) => commitPage(tx, readMirror, page, "wary", counted(page.table)));
      }
    },
    get: (orgId, connectionId, table, key) => readRecord(door, readMirror, orgId, connectionId, table, key),
    keys: (orgId, connectionId, table, page) => readKeys(door, readMirror, orgId, connectionId, table, page),
    fingerprints: (orgId, connectionId, table, keys) =>
      readFingerprints(door, readMirror, orgId, connectionId, table, keys),
    kept: (orgId, connectionId, table, page) => readKept(door, readMirror, orgId, connectionId, table, page),
    unseen: (lease, request) => readUnseen(door, readMirror, lease, request),
    stats: (orgId, connectionId, mirrors) => readStats(door, readMirror, orgId, connectionId, mirrors),
  };
}
