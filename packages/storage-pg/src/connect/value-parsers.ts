import pg from "pg";

const { types } = pg;

type Parser = (text: string) => unknown;

const oid = {
  bytea: 17,
  int8: 20,
  oid: 26,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
} as const;

/** Exact where a double is exact, text beyond. */
function integer(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

const ours = new Map<number, Parser>([
  [oid.int8, integer],
  [oid.oid, Number],
  // A calendar day has no time zone: as a Date it would be another day elsewhere.
  [oid.date, (text) => text],
  [oid.numeric, (text) => text],
]);

/**
 * How columns become values, given with each query: a host's pool may have set its own parsers globally, and what we
 * read must not depend on them.
 */
export const valueParsers = {
  getTypeParser(id: number, format?: "text" | "binary"): Parser {
    const parser = format === "binary" ? undefined : ours.get(id);
    return parser ?? (builtin(id, format) as Parser);
  },
};

/** The driver's own table as it was at import, before a host could change it. */
const snapshot = new Map<number, unknown>(
  [
    oid.bytea,
    oid.timestamp,
    oid.timestamptz,
    16,
    21,
    23,
    114,
    3802,
    700,
    701,
    1000,
    1005,
    1007,
    1009,
    1015,
    1016,
    1022,
  ].map((id) => [id, types.getTypeParser(id)]),
);

function builtin(id: number, format: "text" | "binary" | undefined): unknown {
  if (format !== "binary") {
    const kept = snapshot.get(id);
    if (kept) return kept;
  }
  return types.getTypeParser(id, (format ?? "text") as "text");
}
