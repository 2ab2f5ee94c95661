import type { PageStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { commitPage } from "./commit.ts";
import { mirrorReader } from "./mirror.ts";
import { readKeys, readRecord, readStats, readUnseen } from "./read-pages.ts";

export function pageStore(door: Door): PageStore {
  const readMirror = mirrorReader(door);
  return {
    commit: (page) => door.inOrg(page.orgId, (tx) => commitPage(tx, readMirror, page)),
    get: (orgId, connectionId, table, key) => readRecord(door, readMirror, orgId, connectionId, table, key),
    keys: (orgId, connectionId, table, page) => readKeys(door, readMirror, orgId, connectionId, table, page),
    unseen: (lease, request) => readUnseen(door, readMirror, lease, request),
    stats: (orgId, connectionId, mirrors) => readStats(door, readMirror, orgId, connectionId, mirrors),
  };
}
