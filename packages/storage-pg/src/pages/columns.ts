import { BinaryWriter } from "./binary.ts";

/** One field of many rows, as an array in PostgreSQL's binary format. */
export type Column<Row> = (rows: readonly Row[]) => Buffer;

/**
 * Rows as one array for each of their fields, for `unnest`: where fields repeat in every row their names, and a table
 * of them, need not be read row by row as in JSON, and neither side escapes anything.
 */
export function columns<Row>(rows: readonly Row[], fields: readonly Column<Row>[]): Buffer[] {
  return fields.map((field) => field(rows));
}

/** A `text[]`. */
export function text<Row>(of: (row: Row) => string | undefined): Column<Row> {
  return column(25, 48, of, (out, value) => out.text(value));
}

/** A `jsonb[]` of JSON texts. */
export function json<Row>(of: (row: Row) => string | undefined): Column<Row> {
  return column(3802, 96, of, (out, value) => out.json(value));
}

/** A `timestamptz[]`. */
export function time<Row>(of: (row: Row) => Date | undefined): Column<Row> {
  return column(1184, 12, of, (out, value) => out.time(value.getTime() * 1000));
}

/** A `boolean[]`. */
export function flag<Row>(of: (row: Row) => boolean): Column<Row> {
  return column(16, 5, of, (out, value) => {
    out.int32(1);
    out.raw(Uint8Array.of(value ? 1 : 0));
  });
}

/** A `smallint[]`. */
export function int16<Row>(of: (row: Row) => number): Column<Row> {
  return column(21, 6, of, (out, value) => {
    out.int32(2);
    out.int16(value);
  });
}

/** An `integer[]`. */
export function int32<Row>(of: (row: Row) => number): Column<Row> {
  return column(23, 8, of, (out, value) => {
    out.int32(4);
    out.int32(value);
  });
}

/** A `real[]`. */
export function float32<Row>(of: (row: Row) => number | undefined): Column<Row> {
  return column(700, 8, of, (out, value) => {
    out.int32(4);
    out.float32(value);
  });
}

function column<Row, Value>(
  elementOid: number,
  expectedBytes: number,
  of: (row: Row) => Value | undefined,
  write: (out: BinaryWriter, value: Value) => void,
): Column<Row> {
  return (rows) => {
    const out = new BinaryWriter(20 + rows.length * expectedBytes);
    // An array without elements has no dimension.
    out.int32(rows.length === 0 ? 0 : 1);
    out.int32(1);
    out.int32(elementOid);
    if (rows.length > 0) {
      out.int32(rows.length);
      out.int32(1);
    }
    for (const row of rows) {
      const value = of(row);
      if (value === undefined) out.null();
      else write(out, value);
    }
    return out.finish();
  };
}

/** An array that stands as a value in such an array, where arrays would become one of two dimensions. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}
