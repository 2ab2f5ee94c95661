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
import { customOf, type Join, joinOf, placeOf, thingColumn } from "./field-sql.ts";

/** A condition over `u`, the customers' rows; `$1` is the org, and every value of the filter is a parameter (T27). */
export interface CompiledFilter {
  /** "end_users u left join …" */
  readonly from: string;
  readonly where: string;
  readonly values: readonly unknown[];
}

const tables: { readonly [kind in CustomerKind]: string } = { end_user: "end_users", company: "companies" };

export interface CompileOptions {
  readonly mirrors: readonly MirrorTable[];
  /** The values that stand before the filter's own, the org first. */
  readonly before: readonly unknown[];
  /**
   * A select of a few ids: only these customers are asked about, and what belongs to each is looked up. Absent: all are, and
   * it is read at once.
   */
  readonly narrow?: string | undefined;
  /** A store that knows nothing of its tables' sizes: joins look up by key, and never read all of an org for each row. */
  readonly embedded: boolean;
}

export function compileFilter(
  { kind, filter, now }: SegmentQuery,
  { before, embedded, mirrors, narrow }: CompileOptions,
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
      if (field.name === "custom") {
        const key = `${add(field.key)}::text`;
        return { type: "custom", sql: `(${place.sql} -> ${key})`, text: `(${place.sql} ->> ${key})` };
      }
      if (field.type === "money")
        return { type: "money", sql: `(${place.sql} ->> ${add(field.key)}::text)::numeric` };
      return { type: field.type, sql: place.sql };
    },
    has: (has, inner) => counted(has, mirrors, narrow !== undefined, inner),
  });
  const customers =
    narrow === undefined
      ? `${tables[kind]} u`
      : `(${narrow}) as k(id)
         cross join lateral (select * from ${tables[kind]} where org_id = $1 and id = k.id offset 0) as u`;
  const from = [customers, ...[...needed].sort().map((join) => joinOf(join, embedded))].join(" ");
  return { from, where, values };
}

/** Where a value stands; one of the org's own fields as JSON, and as text. */
interface Place {
  readonly type: FieldType;
  readonly sql: string;
  readonly text?: string;
}

interface Compiling {
  readonly now: Date;
  readonly add: (value: unknown) => string;
  readonly field: (name: string) => Place;
  readonly has: (has: SegmentHas, outer: Pick<Compiling, "now" | "add">) => string;
}

/**
 * What is not known is false. Where nothing is turned round, null is as good as that, and the planner knows more of a
 * comparison that nothing is wrapped around (it makes inner joins of outer ones); below NOT it is `exact`.
 */
function condition(filter: SegmentFilter, on: Compiling, exact = false): string {
  if ("all" in filter) return `(${filter.all.map((part) => condition(part, on, exact)).join(" and ")})`;
  if ("any" in filter) return `(${filter.any.map((part) => condition(part, on, exact)).join(" or ")})`;
  if ("not" in filter) return `(not ${condition(filter.not, on, true)})`;
  if ("has" in filter) return on.has(filter, on);
  return comparison(filter, on.field(filter.field), on, exact);
}

const opposites = {
  is_not: "is",
  not_in: "in",
  not_contains: "contains",
  not_in_last_days: "in_last_days",
  is_not_set: "is_set",
} as const;

function comparison(asked: SegmentComparison, place: Place, on: Compiling, exact: boolean): string {
  const opposite = Object.hasOwn(opposites, asked.operator)
    ? opposites[asked.operator as keyof typeof opposites]
    : undefined;
  if (opposite === undefined) {
    const found = positive(asked, place, on);
    return exact ? `coalesce(${found}, false)` : found;
  }
  const turned = { ...asked, operator: opposite } as SegmentComparison;
  return `(not coalesce(${positive(turned, place, on)}, false))`;
}

const signs = { more_than: ">", at_least: ">=", less_than: "<", at_most: "<=" } as const;

function positive(asked: SegmentComparison, place: Place, { add, now }: Compiling): string {
  const { sql, type } = place;
  const same = (value: unknown) => isSame(place, value, add);
  switch (asked.operator) {
    case "is_set":
      return type === "custom" ? `(${sql} is not null and ${sql} <> 'null'::jsonb)` : `(${sql} is not null)`;
    case "is":
      return same(asked.value);
    case "in":
      if (type === "text")
        return `(${asText(place)} = any(${add(asked.value.map((one) => folded(String(one))))}::text[]))`;
      return `(${asked.value.map((value) => `coalesce(${same(value)}, false)`).join(" or ")})`;
    case "contains":
      return textIs(place, (text) => `strpos(${text}, ${add(folded(asked.value))}::text) > 0`);
    case "starts_with":
      return textIs(place, (text) => `starts_with(${text}, ${add(folded(asked.value))}::text)`);
    case "more_than":
    case "at_least":
    case "less_than":
    case "at_most":
      return `(${asNumber(place)} ${signs[asked.operator]} ${add(String(asked.value))}::numeric)`;
    case "between": {
      const [low, high] = asked.value;
      if (isDecimal(low)) {
        return `(${asNumber(place)} between ${add(String(low))}::numeric and ${add(String(high))}::numeric)`;
      }
      return within(segmentSpan(asked, now), place, add);
    }
    case "is_not":
    case "not_in":
    case "not_contains":
    case "not_in_last_days":
    case "is_not_set":
      throw unknownField();
    default:
      return within(segmentSpan(asked, now), place, add);
  }
}

/** Of A to Z only, whatever the locale of the database. */
const folded = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const isDecimal = (value: unknown) =>
  typeof value === "number" || (typeof value === "string" && /^-?\d{1,18}(?:\.\d{1,6})?$/.test(value));

/** The type comes last: it is asked of what fits only. */
function textIs(place: Place, condition: (text: string) => string): string {
  if (place.type !== "custom") return `(${condition(asText(place))})`;
  return `(${condition(asText(place))} and jsonb_typeof(${place.sql}) = 'string')`;
}

const asText = ({ sql, text = sql }: Place) => `lower(${text} collate "C")`;

function asNumber({ sql, text }: Place): string {
  if (text === undefined) return sql;
  return `(case jsonb_typeof(${sql}) when 'number' then ${text}::numeric
    when 'string' then case when ${text} ~ '^-?[0-9]{1,18}([.][0-9]{1,6})?$' then ${text}::numeric end end)`;
}

function isSame(place: Place, value: unknown, add: Compiling["add"]): string {
  const { sql, type } = place;
  if (type === "number" || type === "money" || typeof value === "number")
    return `(${asNumber(place)} = ${add(String(value))}::numeric)`;
  if (typeof value === "boolean") {
    if (type !== "custom") return `(${sql} = ${add(value)}::boolean)`;
    return `(${sql} in (${add(String(value))}::jsonb, to_jsonb(${add(String(value))}::text)))`;
  }
  return textIs(place, (text) => `${text} = ${add(folded(String(value)))}::text`);
}

function within({ from, to }: ReturnType<typeof segmentSpan>, place: Place, add: Compiling["add"]): string {
  const custom = place.type === "custom";
  const value = custom ? asMoment(place) : place.sql;
  const bound = (at: Date) =>
    custom ? `${add(at.toISOString().slice(0, 23))}::text` : `${add(at)}::timestamptz`;
  return [from && `${value} >= ${bound(from)}`, to && `${value} < ${bound(to)}`]
    .filter((part) => part !== undefined)
    .join(" and ")
    .replace(/^(.*)$/s, "($1)");
}

/** A day or a time in UTC as the org's own fields hold it, with milliseconds: compares as text. */
function asMoment({ sql, text = sql }: Place): string {
  return `(case when jsonb_typeof(${sql}) = 'string'
    and ${text} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z)?$'
    then left(${text}, 10) || 'T' || coalesce(nullif(substr(${text}, 12, 8), ''), '00:00:00')
      || '.' || rpad(substr(rtrim(${text}, 'Z'), 21, 3), 3, '0') end collate "C")`;
}

/**
 * Records of every stream that declares such things, linked to the customer and not deleted. Read at once they make a set
 * that is hashed: COALESCE keeps the planner from turning it into a join, which it plans badly without statistics.
 */
function counted(
  { atLeast = 1, has: thing, of, where }: SegmentHas,
  mirrors: readonly MirrorTable[],
  narrow: boolean,
  outer: Pick<Compiling, "now" | "add">,
): string {
  const { add } = outer;
  const owner = of === "company" ? "u.company_id" : "u.id";
  const selects = mirrors.flatMap((mirror) =>
    (mirror.counts ?? []).flatMap(({ as, columns, when }) => {
      if (as !== thing) return [];
      const types: { readonly [field: string]: FieldType } = countedThings[thing];
      const inner: Compiling = {
        ...outer,
        field: (name) => {
          const type = types[name] ?? "text";
          return { type, sql: thingColumn(mirror, columns, name) ?? nothing(type) };
        },
        has: () => "false",
      };
      const only = when && thingColumn(mirror, { it: when.column }, "it");
      const fitting = [
        "t.org_id = $1",
        "t.deleted_at is null",
        ...(when ? [only === undefined ? "false" : `${only} = ${add(when.is)}::text`] : []),
        ...(where === undefined ? [] : [condition(where, inner)]),
      ].join(" and ");
      const stream = `${add(mirror.stream)}::text`;
      return [narrow ? ofOne(mirror.table, owner, stream, fitting) : ofAll(mirror.table, stream, fitting)];
    }),
  );
  if (selects.length === 0) return "false";
  // A record may be linked to somebody in two ways: `union` counts it once.
  const all = selects.join(" union ");
  const most = `${add(atLeast)}::bigint`;
  if (narrow) return `((select count(*) from (${all}) as things) >= ${most})`;
  const whose = `select customer_id from (${all}) as things group by customer_id having count(*) >= ${most}`;
  return `coalesce(${owner} in (${whose}), false)`;
}

const ofOne = (table: string, owner: string, stream: string, fitting: string) => `
  select l.connection_id, l.stream, l.external_id
  from (
    select connection_id, stream, external_id from record_links
    where org_id = $1 and customer_id = ${owner} and stream = ${stream} offset 0) as l
  cross join lateral (
    select from ${table} t
    where t.connection_id = l.connection_id and t.external_id = l.external_id and ${fitting} offset 0) as x`;

const ofAll = (table: string, stream: string, fitting: string) => `
  select l.customer_id, t.connection_id, ${stream} as stream, t.external_id
  from ${table} t
  cross join lateral (
    select customer_id from record_links
    where org_id = $1 and connection_id = t.connection_id and stream = ${stream} and external_id = t.external_id
      and customer_id is not null offset 0) as l
  where ${fitting}`;

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
