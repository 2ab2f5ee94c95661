import type { CustomerKind } from "../define/customer.ts";
import { type CountedThing, countedThings, type FieldType, namedField } from "./fields.ts";
import type { SegmentComparison, SegmentFilter } from "./filter.ts";
import { spanOf } from "./moments.ts";

export type FactValue = string | number | boolean | Date;

/** What is known of a customer, in one object. */
export interface CustomerFacts {
  readonly kind: CustomerKind;
  readonly fields: { readonly [field: string]: FactValue | undefined };
  /** By field, then by currency in lower case: decimals in the main unit. */
  readonly money: { readonly [field: string]: { readonly [currency: string]: string } | undefined };
  readonly custom: { readonly [field: string]: unknown };
  readonly company: CustomerFacts | undefined;
  readonly things: { readonly [thing in CountedThing]: readonly ThingFacts[] };
}

export type ThingFacts = { readonly [field: string]: FactValue | undefined };

/** Whether a customer fits a filter that was checked: the meaning of the language, beside which a store's own is held. */
export function fits(filter: SegmentFilter, facts: CustomerFacts, now: Date): boolean {
  return holds(filter, now, { facts });
}

type Asked =
  | { readonly facts: CustomerFacts }
  | { readonly thing: CountedThing; readonly record: ThingFacts };

function holds(filter: SegmentFilter, now: Date, asked: Asked): boolean {
  if ("all" in filter) return filter.all.every((part) => holds(part, now, asked));
  if ("any" in filter) return filter.any.some((part) => holds(part, now, asked));
  if ("not" in filter) return !holds(filter.not, now, asked);
  if ("has" in filter) {
    if (!("facts" in asked)) return false;
    const { atLeast = 1, has: thing, where } = filter;
    const owner = filter.of === "company" ? asked.facts.company : asked.facts;
    const records = owner?.things[thing] ?? [];
    const fitting = records.filter((record) => where === undefined || holds(where, now, { thing, record }));
    return fitting.length >= atLeast;
  }
  const { type, value } = askedOf(filter.field, asked);
  return compares(filter, type, value, now);
}

function askedOf(name: string, asked: Asked): { readonly type: FieldType; readonly value: unknown } {
  if ("record" in asked) {
    const fields: { readonly [field: string]: FieldType } = countedThings[asked.thing];
    return { type: fields[name] ?? "text", value: own(asked.record, name) };
  }
  const field = namedField(asked.facts.kind, name);
  if (!field) return { type: "text", value: undefined };
  const { key = "", type } = field;
  const facts = field.side === "company" ? asked.facts.company : asked.facts;
  if (field.name === "custom") return { type, value: own(facts?.custom, key) };
  if (type === "money") return { type, value: own(facts?.money[field.name], key) };
  return { type, value: own(facts?.fields, field.name) };
}

const own = (of: { readonly [name: string]: unknown } | undefined, name: string): unknown =>
  of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined;

function compares(comparison: SegmentComparison, type: FieldType, found: unknown, now: Date): boolean {
  const missing = found === undefined || found === null;
  const same = (wanted: unknown) => isSame(type, found, wanted);
  const text = typeof found === "string" ? folded(found) : undefined;
  switch (comparison.operator) {
    case "is_set":
      return !missing;
    case "is_not_set":
      return missing;
    case "is":
      return same(comparison.value);
    case "is_not":
      return !same(comparison.value);
    case "in":
      return comparison.value.some(same);
    case "not_in":
      return !comparison.value.some(same);
    case "contains":
      return text?.includes(folded(comparison.value)) ?? false;
    case "not_contains":
      return !(text?.includes(folded(comparison.value)) ?? false);
    case "starts_with":
      return text?.startsWith(folded(comparison.value)) ?? false;
    case "more_than":
      return ordered(found, comparison.value, (order) => order > 0);
    case "at_least":
      return ordered(found, comparison.value, (order) => order >= 0);
    case "less_than":
      return ordered(found, comparison.value, (order) => order < 0);
    case "at_most":
      return ordered(found, comparison.value, (order) => order <= 0);
    case "between": {
      const [low, high] = comparison.value;
      if (decimalOf(low) === undefined) return within(comparison, type, found, now);
      return ordered(found, low, (order) => order >= 0) && ordered(found, high, (order) => order <= 0);
    }
    case "not_in_last_days":
      return !within(comparison, type, found, now);
    default:
      return within(comparison, type, found, now);
  }
}

/** Of A to Z only: every store can do that, whatever its locale. */
const folded = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function isSame(type: FieldType, found: unknown, wanted: unknown): boolean {
  if (type === "number" || type === "money" || typeof wanted === "number") {
    return (
      (typeof wanted === "number" || typeof wanted === "string") &&
      ordered(found, wanted, (order) => order === 0)
    );
  }
  // What a person typed into a field of the org's own is text.
  if (typeof wanted === "boolean") return found === wanted || (type === "custom" && found === String(wanted));
  return typeof found === "string" && typeof wanted === "string" && folded(found) === folded(wanted);
}

function ordered(found: unknown, wanted: number | string, wants: (order: number) => boolean): boolean {
  const [a, b] = [decimalOf(found), decimalOf(wanted)];
  return a !== undefined && b !== undefined && wants(compareDecimals(a, b));
}

const written = /^-?\d{1,18}(?:\.\d{1,6})?$/;

function decimalOf(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === "string" && written.test(value) ? value : undefined;
}

function compareDecimals(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)];
  const scale = Math.max(x.scale, y.scale);
  const [left, right] = [
    x.digits * 10n ** BigInt(scale - x.scale),
    y.digits * 10n ** BigInt(scale - y.scale),
  ];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `digits` / 10^`scale`; a number may be written with an exponent. */
function parts(text: string): { readonly digits: bigint; readonly scale: number } {
  const [mantissa = "", exponent = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = BigInt(`${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function within(
  comparison: Parameters<typeof spanOf>[0],
  type: FieldType,
  found: unknown,
  now: Date,
): boolean {
  const { from, to } = spanOf(comparison, now);
  if (type === "custom") {
    const text = writtenMoment(found);
    return text !== undefined && (!from || text >= written23(from)) && (!to || text < written23(to));
  }
  if (!(found instanceof Date)) return false;
  return (!from || found >= from) && (!to || found < to);
}

const dayOrUtc = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z)?$/;

/** The org's own fields hold dates as text: those in UTC are understood, and compare as they are written. */
function writtenMoment(value: unknown): string | undefined {
  if (typeof value !== "string" || !dayOrUtc.test(value)) return undefined;
  const [day = "", time = "00:00:00Z"] = value.split("T");
  const [clock = "", fraction = ""] = time.slice(0, -1).split(".");
  return `${day}T${clock}.${fraction.slice(0, 3).padEnd(3, "0")}`;
}

const written23 = (at: Date) => at.toISOString().slice(0, 23);
