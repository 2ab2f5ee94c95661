import * as z from "zod";
import type { CustomerKind } from "../define/customer.ts";
import { ValidationError } from "../errors.ts";
import { type CountedThing, countedThings, type FieldType, fieldNames, namedField } from "./fields.ts";

type Scalar = string | number | boolean;

/**
 * One question about one field. Texts are compared without regard to the case of A to Z. A field that a customer lacks
 * fits `is_not`, `not_in`, `not_contains`, `not_in_last_days` and `is_not_set`, and nothing else. A day without a time
 * is the whole day in UTC. Amounts are in the currency's main unit; as text no digit is lost.
 */
export type SegmentComparison =
  | { readonly field: string; readonly operator: "is" | "is_not"; readonly value: Scalar }
  | { readonly field: string; readonly operator: "in" | "not_in"; readonly value: readonly Scalar[] }
  | {
      readonly field: string;
      readonly operator: "contains" | "not_contains" | "starts_with";
      readonly value: string;
    }
  | {
      readonly field: string;
      readonly operator: "more_than" | "at_least" | "less_than" | "at_most";
      readonly value: number | string;
    }
  | {
      readonly field: string;
      readonly operator: "between";
      /** Both ends are in. */
      readonly value: readonly [number | string, number | string];
    }
  | {
      readonly field: string;
      readonly operator: "on" | "before" | "after" | "on_or_before" | "on_or_after";
      /** "2026-11-21", or a time with its offset. */
      readonly value: string;
    }
  | {
      readonly field: string;
      readonly operator: "in_last_days" | "not_in_last_days" | "in_next_days";
      readonly value: number;
    }
  | { readonly field: string; readonly operator: "is_set" | "is_not_set" };

/** Records that count towards the customer, `atLeast` so many (default 1) of those that fit `where`. */
export interface SegmentHas<Where = SegmentFilter> {
  readonly has: CountedThing;
  /** Of the company that a person belongs to. */
  readonly of?: "company" | undefined;
  /** Over the record's own fields. */
  readonly where?: Where | undefined;
  readonly atLeast?: number | undefined;
}

export type SegmentFilter =
  | { readonly all: readonly SegmentFilter[] }
  | { readonly any: readonly SegmentFilter[] }
  | { readonly not: SegmentFilter }
  | SegmentHas
  | SegmentComparison;

export const filterLimits = { depth: 8, parts: 100, values: 200, textLength: 500, days: 36_500 } as const;

/** PostgreSQL takes no NUL and no half characters. */
const text = z
  .string()
  .max(filterLimits.textLength)
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "characters that no store keeps");
const amount = z.union([
  z.number().refine((value) => Number.isFinite(value) && Math.abs(value) <= 1e15, "a number up to 10^15"),
  z.string().regex(/^-?\d{1,18}(?:\.\d{1,6})?$/, "a number, as text with a point and up to six decimals"),
]);
const scalar = z.union([
  text,
  z.number().refine((value) => Math.abs(value) <= 1e15, "a number up to 10^15"),
  z.boolean(),
]);
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], "a day (2026-11-21) or a time with its offset")
  .refine((value) => value >= "1000" && value < "9990", "a year from 1000 to 9989");
const field = z.string().max(250);
const days = z.int().min(1).max(filterLimits.days);

const Comparison = z.discriminatedUnion("operator", [
  z.strictObject({ field, operator: z.enum(["is", "is_not"]), value: scalar }),
  z.strictObject({
    field,
    operator: z.enum(["in", "not_in"]),
    value: z.array(scalar).min(1).max(filterLimits.values),
  }),
  z.strictObject({
    field,
    operator: z.enum(["contains", "not_contains", "starts_with"]),
    value: text.min(1),
  }),
  z.strictObject({
    field,
    operator: z.enum(["more_than", "at_least", "less_than", "at_most"]),
    value: amount,
  }),
  z.strictObject({
    field,
    operator: z.literal("between"),
    value: z.union([z.tuple([amount, amount]), z.tuple([moment, moment])]),
  }),
  z.strictObject({
    field,
    operator: z.enum(["on", "before", "after", "on_or_before", "on_or_after"]),
    value: moment,
  }),
  z.strictObject({
    field,
    operator: z.enum(["in_last_days", "not_in_last_days", "in_next_days"]),
    value: days,
  }),
  z.strictObject({ field, operator: z.enum(["is_set", "is_not_set"]) }),
]);
const things = Object.keys(countedThings) as [CountedThing, ...CountedThing[]];
const Has = z.strictObject({
  has: z.enum(things),
  of: z.literal("company").optional(),
  where: z.unknown().optional(),
  atLeast: z.int().min(1).max(1_000).optional(),
});

const operatorsOf: { readonly [type in FieldType]: ReadonlySet<SegmentComparison["operator"]> } = {
  text: new Set([
    "is",
    "is_not",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "starts_with",
    "is_set",
    "is_not_set",
  ]),
  number: new Set([
    "is",
    "is_not",
    "in",
    "not_in",
    "more_than",
    "at_least",
    "less_than",
    "at_most",
    "between",
    "is_set",
    "is_not_set",
  ]),
  money: new Set([
    "is",
    "is_not",
    "in",
    "not_in",
    "more_than",
    "at_least",
    "less_than",
    "at_most",
    "between",
    "is_set",
    "is_not_set",
  ]),
  date: new Set([
    "on",
    "before",
    "after",
    "on_or_before",
    "on_or_after",
    "between",
    "in_last_days",
    "not_in_last_days",
    "in_next_days",
    "is_set",
    "is_not_set",
  ]),
  boolean: new Set(["is", "is_not", "is_set", "is_not_set"]),
  custom: new Set([
    "is",
    "is_not",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "starts_with",
    "more_than",
    "at_least",
    "less_than",
    "at_most",
    "between",
    "on",
    "before",
    "after",
    "on_or_before",
    "on_or_after",
    "in_last_days",
    "not_in_last_days",
    "in_next_days",
    "is_set",
    "is_not_set",
  ]),
};

export type ComparedField = { readonly type: FieldType; readonly words?: readonly string[] | undefined };

/** Finds the field that a comparison names; undefined where there is none of that name. */
export type FieldLookup = (name: string) => ComparedField | undefined;

export const thingField =
  (thing: CountedThing): FieldLookup =>
  (name) => {
    const fields: { readonly [field: string]: FieldType } = countedThings[thing];
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return type && { type };
  };

/** Throws `input_invalid`, with the path of the part, for what is no filter over customers of that kind. */
export function checkSegmentFilter(kind: CustomerKind, filter: unknown): SegmentFilter {
  let parts = 0;
  const walk = (
    part: unknown,
    path: string,
    depth: number,
    lookup: FieldLookup,
    names: () => readonly string[],
    inThing: boolean,
  ): SegmentFilter => {
    if (++parts > filterLimits.parts) throw invalid(path, `more than ${filterLimits.parts} parts`);
    if (depth > filterLimits.depth) throw invalid(path, `nested deeper than ${filterLimits.depth}`);
    const group = groupOf(part);
    if (group) {
      const { name, inner } = group;
      if (name === "not") return { not: walk(inner, `${path}.not`, depth + 1, lookup, names, inThing) };
      if (!Array.isArray(inner) || inner.length === 0)
        throw invalid(`${path}.${name}`, "a list of one or more parts");
      if (inner.length > filterLimits.parts)
        throw invalid(`${path}.${name}`, `more than ${filterLimits.parts} parts`);
      const walked = inner.map((one, at) =>
        walk(one, `${path}.${name}.${at}`, depth + 1, lookup, names, inThing),
      );
      return name === "all" ? { all: walked } : { any: walked };
    }
    if (isObject(part) && Object.hasOwn(part, "has")) {
      if (inThing) throw invalid(path, "a record has no records of its own");
      const { has, of, where, atLeast } = parsed(Has, part, path);
      if (of !== undefined && kind !== "end_user")
        throw invalid(`${path}.of`, "only a person belongs to a company");
      const fields = () => Object.keys(countedThings[has]);
      return {
        has,
        ...(of && { of }),
        ...(atLeast !== undefined && { atLeast }),
        ...(where !== undefined && {
          where: walk(where, `${path}.where`, depth + 1, thingField(has), fields, true),
        }),
      };
    }
    const comparison = parsed(Comparison, part, path) as SegmentComparison;
    const known = lookup(comparison.field);
    if (!known) throw invalid(`${path}.field`, `one of ${names().join(", ")}`);
    if (!operatorsOf[known.type].has(comparison.operator)) {
      throw invalid(`${path}.operator`, `one of ${[...operatorsOf[known.type]].join(", ")}`);
    }
    const reason = "value" in comparison ? misfit(known, comparison) : undefined;
    if (reason) throw invalid(`${path}.value`, reason);
    return comparison;
  };
  const lookup: FieldLookup = (name) => namedField(kind, name);
  return walk(filter, "filter", 1, lookup, () => fieldNames(kind), false);
}

/** The same as a schema, for forms and routes: strict, and every issue with its path. */
export function segmentFilterSchema(kind: CustomerKind): z.ZodType<SegmentFilter, unknown> {
  return z.unknown().transform((value, context): SegmentFilter => {
    try {
      return checkSegmentFilter(kind, value);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      const path = error.path.split(".").slice(1);
      context.issues.push({ code: "custom", message: error.reason, path, input: value });
      return z.NEVER;
    }
  });
}

const decimal = /^-?\d{1,18}(?:\.\d{1,6})?$/;

/** Why the comparison can never be meant; undefined when it can. */
function misfit(
  { type, words }: ComparedField,
  comparison: SegmentComparison & { value: unknown },
): string | undefined {
  const { operator, value } = comparison;
  if (operator === "between") {
    const dated = value.every((end) => typeof end === "string" && !decimal.test(end));
    if (type === "date" && !dated) return "two days, or two times with their offsets";
    if ((type === "number" || type === "money") && dated) return "two numbers";
    return undefined;
  }
  if (operator !== "is" && operator !== "is_not" && operator !== "in" && operator !== "not_in")
    return undefined;
  const values = Array.isArray(value) ? value : [value];
  if (type === "text" && values.some((one) => typeof one !== "string")) return "a text";
  if (type === "boolean" && values.some((one) => typeof one !== "boolean")) return "true or false";
  if ((type === "number" || type === "money") && !values.every(isNumber)) return "a number";
  if (words && values.some((one) => !words.includes(String(one)))) return `one of ${words.join(", ")}`;
  return undefined;
}

const isNumber = (value: unknown) =>
  typeof value === "number" || (typeof value === "string" && decimal.test(value));

function groupOf(
  part: unknown,
): { readonly name: "all" | "any" | "not"; readonly inner: unknown } | undefined {
  if (!isObject(part)) return undefined;
  const [name, ...more] = Object.keys(part);
  if ((name !== "all" && name !== "any" && name !== "not") || more.length > 0) return undefined;
  return { name, inner: part[name] };
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed<T>(schema: z.ZodType<T>, part: unknown, path: string): T {
  const result = schema.safeParse(part);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid([path, ...(issue?.path ?? [])].join("."), issue?.message ?? "no comparison");
}

function invalid(path: string, reason: string): ValidationError {
  return new ValidationError("This is no filter over such customers: see `path` and `reason`.", {
    path,
    reason,
  });
}
