import { createHash } from "node:crypto";
import type { RecordRow } from "@halo/core";
import type { Tx } from "../tenant.ts";
import type { Mirror } from "./mirror.ts";

/** Where COPY puts a page's rows before they are merged: it may not write a table that has row security itself. */
export interface Stage {
  /** A temporary table, quoted. */
  readonly table: string;
  readonly create: string;
  /** The table with the columns that `lines` fill. */
  readonly target: string;
}

/** `given`: the mirror's columns that are filled, with their types. */
export function stageOf(mirror: Mirror, given: ReadonlyMap<string, string>): Stage {
  const typed = [...given].map(([column, type]) => `${column} ${type}`).join(", ");
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
  records: readonly RecordRow[],
): Promise<void> {
  if (!tx.embedded) {
    await tx.exec(stage.create);
    await tx.copyIn(stage.target, stageText(mirror, records));
    return;
  }
  // PGlite's COPY reads a device, which the application's role may not.
  await tx.exec(`${stage.create}; set local role none`);
  await tx.copyIn(stage.target, stageText(mirror, records));
  await tx.exec(`set local role ${mirror.app}`);
}

/** So many rows are one piece of text. */
const together = 250;

/** COPY's text format, in the order of the stage's columns. */
function* stageText(mirror: Mirror, records: readonly RecordRow[]): Generator<string> {
  const columns = [...mirror.columns].map(([name, { type }]) => ({ name, json: type === "jsonb" }));
  for (let from = 0; from < records.length; from += together) {
    let text = "";
    for (const { key, raw, updatedAt, observedAt, hash, fingerprint, columns: values } of records.slice(
      from,
      from + together,
    )) {
      text += `${escaped(key)}\t${escaped(raw)}\t${updatedAt?.toISOString() ?? "\\N"}\t${observedAt.toISOString()}`;
      text += `\t${escaped(hash)}\t${fingerprint === undefined ? "\\N" : escaped(fingerprint)}`;
      for (const { name, json } of columns) {
        const value = Object.hasOwn(values, name) ? values[name] : undefined;
        if (value === undefined || value === null) text += "\t\\N";
        else if (typeof value === "string" && !json) text += `\t${escaped(value)}`;
        else
          text += `\t${escaped(json || typeof value === "object" ? JSON.stringify(value) : String(value))}`;
      }
      text += "\n";
    }
    yield text;
  }
}

const special = /[\\\n\r\t]/;
const escapes: { readonly [character: string]: string } = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function escaped(text: string): string {
  return special.test(text)
    ? text.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character)
    : text;
}
