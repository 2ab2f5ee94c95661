import { ValidationError } from "@halo/core";
import { BinaryWriter, borrowWriter, returnWriter } from "./binary.ts";

/** Writes one field of many rows, as an array in PostgreSQL's binary format. */
export type Column<Row> = (out: BinaryWriter, rows: readonly Row[]) => void;

/** What a field takes, about: an array that outgrows it is copied once. */
const expectedBytes = 40;

/**
 * Rows as one array for each of their fields, for `unnest`: where fields repeat in every row their names, and a table
 * of them, need not be read row by row as in JSON, and neither side escapes anything.
 */
export function columns<Row>(rows: readonly Row[], fields: readonly Column<Row>[]): Buffer[] {
  return written(new BinaryWriter(fields.length * (20 + rows.length * expectedBytes)), rows, fields);
}

/** Runs `use` with the arrays as parameters, for rows that come all the time: they are overwritten once it resolved. */
export async function withColumns<Row, T>(
  rows: readonly Row[],
  fields: readonly Column<Row>[],
  use: (values: readonly Buffer[]) => Promise<T>,
): Promise<T> {
  const out = borrowWriter(fields.length * (20 + rows.length * expectedBytes));
  const result = await use(written(out, rows, fields));
  returnWriter(out);
  return result;
}

function written<Row>(out: BinaryWriter, rows: readonly Row[], fields: readonly Column<Row>[]): Buffer[] {
  const ends = fields.map((field) => {
    field(out, rows);
    return out.length;
  });
  return ends.map((end, at) => out.finish(ends[at - 1] ?? 0, end));
}

/** A `text[]`. */
export function text<Row>(of: (row: Row) => string | undefined): Column<Row> {
  return column(25, of, (out, value) => out.text(value));
}

/** A `jsonb[]` of JSON texts. */
export function json<Row>(of: (row: Row) => string | undefined): Column<Row> {
  return column(3802, of, (out, value) => out.json(value));
}

/** A `timestamptz[]`. Throws `input_invalid` for a Date that is none. */
export function time<Row>(of: (row: Row) => Date | undefined): Column<Row> {
  return column(1184, of, (out, value) => {
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw noDate();
    out.time(ms * 1000);
  });
}

/** A `boolean[]`. */
export function flag<Row>(of: (row: Row) => boolean): Column<Row> {
  return column(16, of, (out, value) => {
    out.int32(1);
    out.raw(Uint8Array.of(value ? 1 : 0));
  });
}

/** A `smallint[]`. */
export function int16<Row>(of: (row: Row) => number): Column<Row> {
  return column(21, of, (out, value) => {
    out.int32(2);
    out.int16(value);
  });
}

/** An `integer[]`. */
export function int32<Row>(of: (row: Row) => number): Column<Row> {
  return column(23, of, (out, value) => {
    out.int32(4);
    out.int32(value);
  });
}

/** A `real[]`. */
export function float32<Row>(of: (row: Row) => number | undefined): Column<Row> {
  return column(700, of, (out, value) => {
    out.int32(4);
    out.float32(value);
  });
}

function column<Row, Value>(
  elementOid: number,
  of: (row: Row) => Value | undefined,
  write: (out: BinaryWriter, value: Value) => void,
): Column<Row> {
  return (out, rows) => {
    // An array without elements has no dimension.
    out.int32(rows.length === 0 ? 0 : 1);
    // There may be nulls.
    out.int32(1);
    out.int32(elementOid);
    if (rows.length > 0) {
      out.int32(rows.length);
      // Subscripts begin at 1.
      out.int32(1);
    }
    for (const row of rows) {
      const value = of(row);
      if (value === undefined) out.null();
      else write(out, value);
    }
  };
}

function noDate(): ValidationError {
  return new ValidationError("A time is an invalid Date: leave it out where the vendor names none.", {
    path: "time",
    reason: "invalid date",
  });
}

/** An array that stands as a value in such an array, where arrays would become one of two dimensions. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}
