import type { ReadResult, Tombstone } from "@halo/core";
import * as z from "zod";
import { type Caller, withAssociations } from "./associations.ts";
import { idOf } from "./crm-object.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-type.ts";

/** Inputs of one batch read. */
export const READ_BATCH = 100;

/** 207 when some are missing; which ones, the results tell. */
const BatchAnswer = z.object({ results: z.array(z.unknown()) });
const Archived = z.object({ id: z.string(), archivedAt: z.iso.datetime({ offset: true }) });

/** Kinds whose records can be merged: an id may lead to another record. */
const MERGEABLE: ReadonlySet<ObjectType> = new Set(["contacts", "companies", "deals"]);

/**
 * Reads records by id; deleted and merged ones become tombstones. A contact that is neither live, nor merged, nor in
 * the recycle bin was erased for good, by a privacy request or by hand: what is stored of it has to go too.
 */
export async function readObjects(
  caller: Caller,
  type: ObjectType,
  ids: readonly string[],
): Promise<ReadResult> {
  const records: unknown[] = [];
  const missing: string[] = [];
  const tombstones: Tombstone[] = [];
  for (let at = 0; at < ids.length; at += READ_BATCH) {
    const batch = ids.slice(at, at + READ_BATCH);
    const live = await batchRead(caller, type, batch, false);
    records.push(...(await withAssociations(caller, type, live)));
    const found = new Set(live.map(idOf));
    const absent = batch.filter((id) => !found.has(id));
    if (absent.length === 0) continue;
    const inBin = (await batchRead(caller, type, absent, true)).flatMap((record) => {
      const archived = Archived.safeParse(record).data;
      return archived ? [archived] : [];
    });
    const archivedAt = new Map(inBin.map((record) => [record.id, new Date(record.archivedAt)]));
    for (const id of absent) {
      const deletedAt = archivedAt.get(id);
      const winner = deletedAt === undefined ? await readMerged(caller, type, id) : undefined;
      if (deletedAt !== undefined) tombstones.push({ key: id, deletedAt });
      else if (winner !== undefined) {
        tombstones.push({ key: id, mergedInto: winner.id });
        records.push(...(await withAssociations(caller, type, [winner.record])));
      } else if (type === "contacts") tombstones.push({ key: id, purge: true });
      else missing.push(id);
    }
  }
  return { records, missing, tombstones };
}

async function batchRead(
  { http, signal, paths }: Caller,
  type: ObjectType,
  ids: readonly string[],
  archived: boolean,
): Promise<readonly unknown[]> {
  const { results } = await http.post(paths.batchRead(type), {
    query: { archived },
    json: { inputs: ids.map((id) => ({ id })), properties: OBJECT_TYPES[type].properties },
    schema: BatchAnswer,
    repeatable: true,
    signal,
  });
  return results;
}

/** The record that an id leads to since it was merged. Unlike a batch, a single read follows merges. */
async function readMerged(
  { http, signal, paths }: Caller,
  type: ObjectType,
  id: string,
): Promise<{ readonly id: string; readonly record: unknown } | undefined> {
  if (!MERGEABLE.has(type)) return undefined;
  const record = await http.get(`${paths.objects(type)}/${encodeURIComponent(id)}`, {
    query: { properties: OBJECT_TYPES[type].properties.join(",") },
    absentOn: [404],
    signal,
  });
  const found = idOf(record);
  return found === undefined || found === id ? undefined : { id: found, record };
}
