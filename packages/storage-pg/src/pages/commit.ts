import type { PageCommit, PageResult, RecordRow, Wake } from "@halo/core";
import { applyClaims, type ChangedRecord } from "../customers/apply-claims.ts";
import { hasClaims } from "../customers/has-claims.ts";
import { lockCustomers } from "../customers/lock.ts";
import { releaseClaims } from "../customers/release-claims.ts";
import { applyRevenue, payersCompanies } from "../customers/revenue.ts";
import { dropDocumentsOf, queueDocuments } from "../knowledge/queue-documents.ts";
import { checkFence, leaseLost } from "../leases/fence.ts";
import { wakeIn } from "../leases/wake.ts";
import { writeShared } from "../meetings/write-shared.ts";
import { noteLinked } from "../standing/watch.ts";
import type { Tx } from "../tenant.ts";
import { lookUpByIndex } from "./by-index.ts";
import type { MirrorReader } from "./mirror.ts";
import { settleDeliveries, writeNotifications, writeQuarantine } from "./outbox.ts";
import { moveCursor, noteSeen } from "./progress.ts";
import { type AppliedTombstones, applyTombstones } from "./tombstones.ts";
import { upsertRecords } from "./upsert-records.ts";
import { newestOfEach, readVersions, verdict } from "./versions.ts";

/**
 * `hopeful`: what was not found is inserted, which is cheaper than an upsert by a fifth, and fails with 23505 when
 * somebody else was faster. `wary`: everything is upserted.
 */
export type Mood = "hopeful" | "wary";

/** All of a page, in one transaction: rows first, then what follows from those that changed, then the cursor. */
export async function commitPage(
  tx: Tx,
  readMirror: MirrorReader,
  page: PageCommit,
  mood: Mood,
  counted: boolean,
): Promise<PageResult> {
  // A lease of one org opens no other (T30).
  if (page.lease.orgId !== page.orgId) throw leaseLost(page.lease);
  await checkFence(tx, page.lease);
  await lookUpByIndex(tx);
  const mirror = await readMirror(tx, page.table);
  const records = newestOfEach(page.records);
  const tombstones = newestOfEach(page.tombstones);
  const keys = records.map(({ key }) => key);
  const stored = await readVersions(tx, mirror, page, [...keys, ...tombstones.map(({ key }) => key)]);

  const wanted: RecordRow[] = [];
  const unchanged: RecordRow[] = [];
  for (const record of records) {
    const found = verdict(record, stored.get(record.key));
    if (found === "write") wanted.push(record);
    else if (found === "unchanged") unchanged.push(record);
  }
  const rows = await upsertRecords(
    tx,
    mirror,
    page,
    wanted,
    page.at,
    mood === "hopeful" && !wanted.some(({ key }) => stored.has(key)),
  );
  const existed = new Map(rows.map(({ key, existed }) => [key, existed]));
  const dead = await applyTombstones(
    tx,
    mirror,
    page,
    tombstones,
    { stored, written: new Set(existed.keys()) },
    page.at,
  );
  const gone = new Set(dead.applied.map(({ key }) => key));
  const changed = wanted.filter(({ key }) => existed.has(key) && !gone.has(key));
  await writeShared(tx, page, changed, existed, [...gone]);
  const wakes = await followUp(tx, page, mood, counted, changed, unchanged, existed, dead);

  await writeQuarantine(tx, page, keys);
  await writeNotifications(tx, page, (key) => existed.get(key) === false && !gone.has(key));
  await settleDeliveries(tx, page);
  if (page.progress) {
    const counts = {
      read: page.records.length + page.quarantine.length,
      written: rows.length,
      unchanged: unchanged.length,
      deleted: dead.deleted,
      quarantined: page.quarantine.length,
    };
    if (page.progress.noteKeys) {
      const seen = [...keys, ...page.quarantine.map(({ key }) => key)].sort();
      await noteSeen(tx, page.orgId, page.progress.runId, seen);
    }
    await moveCursor(tx, page.orgId, page.progress, counts);
  }
  if (wakes.wakes.length > 0) await wakeIn(tx, wakes.wakes);
  return {
    written: rows.length,
    unchanged: unchanged.length,
    stale: records.length - rows.length - unchanged.length,
    deleted: dead.deleted,
    documents: wakes.documents,
  };
}

/** The spine and the index, for rows that changed only; an unchanged one counts when its document is forced. */
async function followUp(
  tx: Tx,
  page: PageCommit,
  mood: Mood,
  counted: boolean,
  changed: readonly RecordRow[],
  unchanged: readonly RecordRow[],
  existed: ReadonlyMap<string, boolean>,
  dead: AppliedTombstones,
): Promise<{ wakes: Wake[]; documents: number }> {
  const { orgId, connectionId, stream, at } = page;
  const place = { orgId, connectionId, stream };
  const known = changed.flatMap(({ key }) => (existed.get(key) ? [key] : []));
  const spine = changed.map((record) => toChanged(record, stream));
  const silent = spine.flatMap(({ key, claim }) => (!claim && existed.get(key) ? [key] : []));
  const fallenSilent = silent.length > 0 ? await hasClaims(tx, place, silent) : [];

  const released = [
    ...dead.applied.map(({ key, mergedInto }) => ({ key, mergedInto })),
    ...fallenSilent.map((key) => ({ key, mergedInto: undefined })),
  ];
  const gone = dead.applied.map(({ key }) => key);
  const claiming = released.length > 0 || changed.some(({ claim, revenue }) => claim || revenue);
  const linking = spine.some(({ links }) => links.length > 0);
  if (claiming || linking) await lockCustomers(tx, orgId, claiming ? "alone" : "shared");
  if (counted) await noteLinked(tx, place, [...known, ...dead.applied.map(({ key }) => key)]);
  const linked = linking || released.length > 0;
  const paidFor = linked ? await payersCompanies(tx, place, [...known, ...gone]) : [];
  // What goes first frees its addresses for what comes.
  const parted = await releaseClaims(tx, place, released, at);
  const met = spine.length > 0 && (await applyClaims(tx, place, spine, known, at, mood));
  if (claiming || linked || known.length > 0) await applyRevenue(tx, place, changed, gone, paidFor, at);
  if (counted) {
    await noteLinked(
      tx,
      place,
      changed.map(({ key }) => key),
    );
  }

  const without = changed.flatMap(({ key, document }) => (!document && existed.get(key) ? [key] : []));
  await dropDocumentsOf(tx, place, dead.applied, without, at);
  const forced = unchanged.filter(({ document }) => document?.force);
  const documents = await queueDocuments(
    tx,
    place,
    [...changed, ...forced].flatMap(({ key, document, links, claim }) =>
      document
        ? [{ key, document, aboutSomebody: links.length > 0 || !!claim, isNew: existed.get(key) === false }]
        : [],
    ),
    at,
    mood,
  );
  const wakes: Wake[] = [];
  if (documents > 0) wakes.push({ kind: "index", orgId, subject: orgId });
  if (parted || met) wakes.push({ kind: "customers", orgId, subject: orgId });
  return { wakes, documents };
}

/** A record that is a customer's own and knowledge too is about that customer. */
function toChanged(record: RecordRow, stream: string): ChangedRecord {
  const { key, claim, links, document, updatedAt, observedAt } = record;
  return {
    key,
    claim,
    links:
      claim && document
        ? [...links, { kind: claim.kind, ref: { stream, key }, reason: "record", score: 1 }]
        : links,
    updatedAt: (updatedAt ?? observedAt).toISOString(),
  };
}
