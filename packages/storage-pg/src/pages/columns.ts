/**
 * Rows as one array for each of their fields, for `unnest`: where fields repeat in every row their names, and a table
 * of them, need not be read row by row as in JSON.
 */
export function columns<Row>(rows: readonly Row[], fields: readonly ((row: Row) => unknown)[]): unknown[][] {
  return fields.map((field) => rows.map(field));
}

/** An array that stands as a value in such an array, where arrays would become one of two dimensions. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
}
