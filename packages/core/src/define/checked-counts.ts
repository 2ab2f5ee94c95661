import { ConfigurationError } from "../errors.ts";
import { countedThings } from "../segments/fields.ts";
import type { AnyStream, ColumnType, RecordCount } from "./stream.ts";

const fitting: { readonly [type: string]: readonly ColumnType[] } = {
  text: ["text"],
  number: ["numeric", "bigint"],
  boolean: ["boolean"],
  date: ["timestamptz", "date"],
};

/** What a stream counts, whose fields and columns are there and of one type. Throws `configuration_invalid`. */
export function checkedCounts({ columns: types, counts = [], id }: AnyStream): readonly RecordCount[] {
  for (const { as, columns, when } of counts) {
    const fields: { readonly [field: string]: string } = countedThings[as] ?? {};
    for (const [field, column] of Object.entries(columns)) {
      const type = Object.hasOwn(types, column) ? types[column] : undefined;
      const wanted = Object.hasOwn(fields, field) ? fitting[fields[field] ?? ""] : undefined;
      if (!type || !wanted?.includes(type)) {
        throw new ConfigurationError(
          `The stream "${id}" counts as ${as}, whose field "${field}" cannot stand in a column "${column}" of type ${type ?? "none"}.`,
          { option: "integrations" },
        );
      }
    }
    if (when && types[when.column] !== "text") {
      throw new ConfigurationError(
        `The stream "${id}" counts rows by the column "${when.column}", which is none of its texts.`,
        { option: "integrations" },
      );
    }
  }
  return counts;
}
