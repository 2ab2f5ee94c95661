import { createHash } from "node:crypto";
import type { RecordRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import { type BinaryWriter, borrowWriter, microsOf, returnWriter } from "./binary.ts";
import type { Mirror } from "./mirror.ts";

/** Where COPY puts a page's rows before they are merged: it may not write a table that has row security itself. */
export interface Stage {
  /** A temporary table, quoted. */
  readonly table: string;
  readonly create: string;
  /** The table with the columns that `lines` fill. */
  readonly target: string;
}

/** What is written as its type's bytes; everything else is text there, for PostgreSQL to read in the merge. */
export function isStagedBinary(type: string): boolean {
  return type === "text" || type === "jsonb" || type === "timestamptz" || type === "timestamp with time zone";
}

/** `given`: the mirror's columns that are filled, with their types. */
export function stageOf(mirror: Mirror, given: ReadonlyMap<string, string>): Stage {
  const typed = [...given]
    .map(([column, type]) => `${column} ${isStagedBinary(type) ? type : "text"}`)
    .join(", ");
  // A connection may be shared with a store of another role or of an older schema: each has a stage of its own.
  const name = createHash("sha256")
    .update(`${mirror.app} ${mirror.table} ${typed}`)
    .digest("hex")
    .slice(0, 16);
  const table = `pg_temp.stage_${name}`;
  return {
    table,
    // The application's role makes it, so that the merge is that role's and row security's.
    create: `create temporary table if not exists ${table.slice("pg_temp.".length)} (${typed}) on commit delete rows`,
    target: `${table} (${[...given.keys()].join(", ")})`,
  };
}

/** Fills the stage; it is emptied when the transaction ends. */
export async function fillStage(
  tx: Tx,
  mirror: Mirror,
  stage: Stage,
  { pieces, writers }: StagedRows,
): Promise<void> {
  await tx.copyIn(stage.target, pieces, { format: "binary", create: stage.create, role: mirror.app });
  for (const out of writers) returnWriter(out);
}

export interface StagedRows {
  readonly pieces: readonly Uint8Array[];
  /** Whose memory the pieces are. */
  readonly writers: readonly BinaryWriter[];
}

/** So many rows are one piece of bytes. */
const together = 250;

const header = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/**
 * Rows in COPY's binary format, in the order of the stage's columns; undefined where one holds a time that only
 * PostgreSQL can read.
 */
export function stageRows(mirror: Mirror, records: readonly RecordRow[]): StagedRows | undefined {
  const columns = [...mirror.columns].map(([name, { type }]) => ({
    name,
    json: type === "jsonb",
    time: type.startsWith("timestamp") && isStagedBinary(type),
  }));
  const pieces: Uint8Array[] = [header];
  const writers: BinaryWriter[] = [];
  let expected = 128 * 1024;
  for (let from = 0; from < records.length; from += together) {
    const out = borrowWriter(expected);
    writers.push(out);
    for (const record of records.slice(from, from + together)) {
      out.int16(6 + columns.length);
      out.text(record.key);
      out.json(record.raw);
      if (record.updatedAt) out.time(record.updatedAt.getTime() * 1000);
      else out.null();
      out.time(record.observedAt.getTime() * 1000);
      out.text(record.hash);
      if (record.fingerprint === undefined) out.null();
      else out.text(record.fingerprint);
      for (const { name, json, time } of columns) {
        const value = Object.hasOwn(record.columns, name) ? record.columns[name] : undefined;
        if (value === undefined || value === null) out.null();
        else if (json) out.json(JSON.stringify(value));
        else if (time) {
          const micros = typeof value === "string" ? microsOf(value) : undefined;
          if (micros === undefined) return undefined;
          out.time(micros);
        } else if (typeof value === "string") out.text(value);
        else out.text(typeof value === "object" ? JSON.stringify(value) : String(value));
      }
    }
    if (from + together >= records.length) out.int16(-1);
    const piece = out.finish();
    expected = piece.length + 16 * 1024;
    pieces.push(piece);
  }
  return { pieces, writers };
}
