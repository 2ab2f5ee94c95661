import {
  type CustomerKind,
  countedThings,
  type FieldType,
  type MirrorTable,
  namedField,
  type SegmentComparison,
  type SegmentFilter,
  type SegmentHas,
  type SegmentQuery,
  StorageError,
  segmentSpan,
} from "@halo/core";
import { customOf, type Join, joins, placeOf, thingColumn } from "./field-sql.ts";

/** A condition over `u`, the customers' rows; `$1` is the org, and every value of the filter is a parameter (T27). */
export interface CompiledFilter {
  /** "end_users u left join …" */
  readonly from: string;
  readonly where: string;
  readonly values: readonly unknown[];
}

const tables: { readonly [kind in CustomerKind]: string } = { end_user: "end_users", company: "companies" };

/** `before`: the values that stand before the filter's own, the org first. */
export function compileFilter(
  { kind, filter, now }: SegmentQuery,
  mirrors: readonly MirrorTable[],
  before: readonly unknown[],
): CompiledFilter {
  const values = [...before];
  const needed = new Set<Join>();
  const add = (value: unknown): string => `$${values.push(value)}`;
  const where = condition(filter, {
    add,
    now,
    field: (name) => {
      const field = namedField(kind, name);
      if (!field) throw unknownField();
      const place = field.name === "custom" ? customOf(field.side) : placeOf(kind, field.side, field.name);
      if (!place) throw unknownField();
      if (place.join) needed.add(place.join);
      if (field.name === "custom")
        return { type: "custom", sql: `(${place.sql} -> ${add(field.key)}::text)` };
      if (field.type === "money")
        return { type: "money", sql: `(${place.sql} ->> ${add(field.key)}::text)::numeric` };
      return { type: field.type, sql: place.sql };
    },
    has: (has, inner) => {
      if (has.of === "company") needed.add("company");
      return counted(has, mirrors, add, inner);
    },
  });
  const from = [`${tables[kind]} u`, ...[...needed].sort().map((join) => joins[join])].join(" ");
  return { from, where, values };
}

interface Compiling {
  readonly now: Date;
  readonly add: (value: unknown) => string;
  readonly field: (name: string) => { readonly type: FieldType; readonly sql: string };
  readonly has: (has: SegmentHas, inner: Pick<Compiling, "now" | "add">) => string;
}

/** Never null: what is not known is false, so that NOT is its opposite. */
function condition(filter: SegmentFilter, on: Compiling): string {
  if ("all" in filter) return `(${filter.all.map((part) => condition(part, on)).join(" and ")})`;
  if ("any" in filter) return `(${filter.any.map((part) => condition(part, on)).join(" or ")})`;
  if ("not" in filter) return `(not ${condition(filter.not, on)})`;
  if ("has" in filter) return on.has(filter, on);
  const { sql, type } = on.field(filter.field);
  return comparison(filter, type, sql, on);
}

const opposites = {
  is_not: "is",
  not_in: "in",
  not_contains: "contains",
  not_in_last_days: "in_last_days",
  is_not_set: "is_set",
} as const;

function comparison(asked: SegmentComparison, type: FieldType, sql: string, on: Compiling): string {
  const opposite = Object.hasOwn(opposites, asked.operator)
    ? opposites[asked.operator as keyof typeof opposites]
    : undefined;
  if (opposite === undefined) return `coalesce(${positive(asked, type, sql, on)}, false)`;
  const turned = { ...asked, operator: opposite } as SegmentComparison;
  return `(not coalesce(${positive(turned, type, sql, on)}, false))`;
}

const signs = { more_than: ">", at_least: ">=", less_than: "<", at_most: "<=" } as const;

function positive(asked: SegmentComparison, type: FieldType, sql: string, { add, now }: Compiling): string {
  const same = (value: unknown) => isSame(type, sql, value, add);
  switch (asked.operator) {
    case "is_set":
      return type === "custom" ? `(${sql} is not null and ${sql} <> 'null'::jsonb)` : `(${sql} is not null)`;
    case "is":
      return same(asked.value);
    case "in":
      return `(${asked.value.map((value) => `coalesce(${same(value)}, false)`).join(" or ")})`;
    case "contains":
      return `(strpos(${asText(type, sql)}, ${add(folded(asked.value))}::text) > 0)`;
    case "starts_with":
      return `starts_with(${asText(type, sql)}, ${add(folded(asked.value))}::text)`;
    case "more_than":
    case "at_least":
    case "less_than":
    case "at_most":
      return `(${asNumber(type, sql)} ${signs[asked.operator]} ${add(String(asked.value))}::numeric)`;
    case "between": {
      const [low, high] = asked.value;
      if (isDecimal(low)) {
        return `(${asNumber(type, sql)} between ${add(String(low))}::numeric and ${add(String(high))}::numeric)`;
      }
      return within(segmentSpan(asked, now), type, sql, add);
    }
    case "is_not":
    case "not_in":
    case "not_contains":
    case "not_in_last_days":
    case "is_not_set":
      throw unknownField();
    default:
      return within(segmentSpan(asked, now), type, sql, add);
  }
}

/** Of A to Z only, whatever the locale of the database. */
const folded = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const isDecimal = (value: unknown) =>
  typeof value === "number" || (typeof value === "string" && /^-?\d{1,18}(?:\.\d{1,6})?$/.test(value));

const textOf = (type: FieldType, sql: string) =>
  type === "custom" ? `(case when jsonb_typeof(${sql}) = 'string' then ${sql} #>> '{}' end)` : sql;

const asText = (type: FieldType, sql: string) => `lower(${textOf(type, sql)} collate "C")`;

function asNumber(type: FieldType, sql: string): string {
  if (type !== "custom") return sql;
  const text = `${sql} #>> '{}'`;
  return `(case jsonb_typeof(${sql}) when 'number' then (${text})::numeric
    when 'string' then case when ${text} ~ '^-?[0-9]{1,18}([.][0-9]{1,6})?$' then (${text})::numeric end end)`;
}

function isSame(type: FieldType, sql: string, value: unknown, add: Compiling["add"]): string {
  if (type === "number" || type === "money" || typeof value === "number")
    return `(${asNumber(type, sql)} = ${add(String(value))}::numeric)`;
  if (typeof value === "boolean") {
    if (type !== "custom") return `(${sql} = ${add(value)}::boolean)`;
    return `(${sql} in (${add(String(value))}::jsonb, to_jsonb(${add(String(value))}::text)))`;
  }
  return `(${asText(type, sql)} = ${add(folded(String(value)))}::text)`;
}

function within(
  { from, to }: ReturnType<typeof segmentSpan>,
  type: FieldType,
  sql: string,
  add: Compiling["add"],
): string {
  const custom = type === "custom";
  const value = custom ? asMoment(sql) : sql;
  const bound = (at: Date) =>
    custom ? `${add(at.toISOString().slice(0, 23))}::text` : `${add(at)}::timestamptz`;
  return [from && `${value} >= ${bound(from)}`, to && `${value} < ${bound(to)}`]
    .filter((part) => part !== undefined)
    .join(" and ")
    .replace(/^(.*)$/s, "($1)");
}

/** A day or a time in UTC as the org's own fields hold it, with milliseconds: compares as text. */
function asMoment(sql: string): string {
  const text = `(${sql} #>> '{}')`;
  return `(case when jsonb_typeof(${sql}) = 'string'
    and ${text} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z)?$'
    then left(${text}, 10) || 'T' || coalesce(nullif(substr(${text}, 12, 8), ''), '00:00:00')
      || '.' || rpad(substr(rtrim(${text}, 'Z'), 21, 3), 3, '0') end collate "C")`;
}

/** Records of every stream that declares such things, linked to the customer and not deleted. */
function counted(
  { atLeast = 1, has: thing, of, where }: SegmentHas,
  mirrors: readonly MirrorTable[],
  add: Compiling["add"],
  outer: Pick<Compiling, "now" | "add">,
): string {
  const owner = of === "company" ? "c.id" : "u.id";
  const selects = mirrors.flatMap((mirror) =>
    (mirror.counts ?? []).flatMap(({ as, columns, when }) => {
      if (as !== thing) return [];
      const types: { readonly [field: string]: FieldType } = countedThings[thing];
      const inner: Compiling = {
        ...outer,
        field: (name) => ({
          type: types[name] ?? "text",
          sql: thingColumn(mirror, columns, name) ?? nothing(types[name]),
        }),
        has: () => "false",
      };
      const only = when && thingColumn(mirror, { it: when.column }, "it");
      const conditions = [
        "l.org_id = $1",
        `l.customer_id = ${owner}`,
        `l.stream = ${add(mirror.stream)}::text`,
        "t.deleted_at is null",
        ...(when ? [only === undefined ? "false" : `${only} = ${add(when.is)}::text`] : []),
        ...(where === undefined ? [] : [condition(where, inner)]),
      ];
      return [
        `select l.connection_id, l.stream, l.external_id from record_links l
         join ${mirror.table} t on t.org_id = $1 and t.connection_id = l.connection_id and t.external_id = l.external_id
         where ${conditions.join(" and ")}`,
      ];
    }),
  );
  if (selects.length === 0) return "false";
  if (atLeast === 1) return `(${selects.map((select) => `exists (${select})`).join(" or ")})`;
  // A record may be linked to somebody in two ways: `union` counts it once.
  return `((select count(*) from (${selects.join(" union ")}) as things) >= ${add(atLeast)}::bigint)`;
}

const nothing = (type: FieldType | undefined) =>
  type === "number"
    ? "null::numeric"
    : type === "date"
      ? "null::timestamptz"
      : type === "boolean"
        ? "null::boolean"
        : "null::text";

function unknownField(): StorageError {
  return new StorageError(
    "The filter names what this store does not keep: check it with checkSegmentFilter first.",
    {
      retryable: false,
    },
  );
}
