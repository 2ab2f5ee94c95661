import * as z from "zod";
import type { Json } from "../define/json.ts";
import type { NotificationType } from "../define/notification.ts";
import { ValidationError } from "../errors.ts";
import { eventSchemas } from "./event-schemas.ts";

type Scalar = string | number | boolean;

/**
 * Which events of a type somebody wants: one comparison, or several under `all` or `any`. Fields are those of the
 * type's schema, nested ones with a dot ("contact.email"). Texts are compared without regard to case; `at_least` and
 * `at_most` go by number, and for ranked words (priorities, tiers) by their rank; `contains` looks into a text or a list.
 * A field that an event lacks fits `is_not` and nothing else. An event about nobody who is known is about nobody in any
 * segment.
 */
export type NotificationFilter =
  | { readonly all: readonly NotificationFilter[] }
  | { readonly any: readonly NotificationFilter[] }
  /** The customer whom the event is about is in that segment, or is not. */
  | { readonly segment: string; readonly operator: "is" | "is_not" }
  | { readonly field: string; readonly operator: "is" | "is_not" | "contains"; readonly value: Scalar }
  | { readonly field: string; readonly operator: "in"; readonly value: readonly Scalar[] }
  | { readonly field: string; readonly operator: "at_least" | "at_most"; readonly value: string | number };

const scalar = z.union([z.string().max(500), z.number(), z.boolean()]);
const field = z.string().max(100);
const Comparison = z.discriminatedUnion("operator", [
  z.strictObject({ field, operator: z.enum(["is", "is_not", "contains"]), value: scalar }),
  z.strictObject({ field, operator: z.literal("in"), value: z.array(scalar).min(1).max(100) }),
  z.strictObject({
    field,
    operator: z.enum(["at_least", "at_most"]),
    value: z.union([z.string().max(500), z.number()]),
  }),
]);

const InSegment = z.strictObject({ segment: z.string().min(1).max(200), operator: z.enum(["is", "is_not"]) });

const maxDepth = 4;
const maxComparisons = 50;

interface Field {
  readonly kind: "text" | "number" | "boolean" | "list";
  /** The words that it may have, the lowest first. */
  readonly ranks?: readonly string[] | undefined;
}

/** The fields of a type's events that a filter may name. */
export function filterFields(type: NotificationType): ReadonlyMap<string, Field> {
  const known = fieldsOf.get(type);
  if (known) return known;
  const fields = new Map<string, Field>();
  collect(z.toJSONSchema(eventSchemas[type], { io: "input" }) as JsonSchema, "", fields);
  fieldsOf.set(type, fields);
  return fields;
}

/** Asked for each event and subscription, and always the same. */
const fieldsOf = new Map<NotificationType, ReadonlyMap<string, Field>>();

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly items?: JsonSchema;
}

function collect(schema: JsonSchema, prefix: string, fields: Map<string, Field>): void {
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const path = `${prefix}${name}`;
    if (inner.type === "object") collect(inner, `${path}.`, fields);
    else if (inner.type === "array") {
      if (inner.items?.type === "string") fields.set(path, { kind: "list" });
    } else if (inner.type === "number" || inner.type === "integer") fields.set(path, { kind: "number" });
    else if (inner.type === "boolean") fields.set(path, { kind: "boolean" });
    else if (inner.type === "string") fields.set(path, { kind: "text", ranks: inner.enum });
  }
}

/** Throws `input_invalid` for what is no filter over events of that type. */
export function checkFilter(type: NotificationType, filter: unknown): NotificationFilter {
  const fields = filterFields(type);
  let comparisons = 0;
  const walk = (part: unknown, path: string, depth: number): void => {
    const group = groupOf(part);
    if (group) {
      if (depth >= maxDepth) throw invalid(path, `nested deeper than ${maxDepth}`);
      if (group.parts.length === 0 || group.parts.length > maxComparisons)
        throw invalid(path, "no or too many parts");
      for (const [at, inner] of group.parts.entries()) walk(inner, `${path}.${group.name}.${at}`, depth + 1);
      return;
    }
    if (++comparisons > maxComparisons) throw invalid(path, `more than ${maxComparisons} comparisons`);
    if (typeof part === "object" && part !== null && Object.hasOwn(part, "segment")) {
      const named = InSegment.safeParse(part);
      if (!named.success) throw invalid(path, named.error.issues[0]?.message ?? "no segment");
      return;
    }
    const parsed = Comparison.safeParse(part);
    if (!parsed.success) throw invalid(path, parsed.error.issues[0]?.message ?? "no comparison");
    const known = fields.get(parsed.data.field);
    if (!known) throw invalid(`${path}.field`, `one of ${[...fields.keys()].join(", ")}`);
    const reason = misfit(known, parsed.data);
    if (reason) throw invalid(`${path}.value`, reason);
  };
  walk(filter, "filter", 0);
  return filter as NotificationFilter;
}

/** Why the comparison can never be meant; undefined when it can. */
function misfit(field: Field, comparison: z.infer<typeof Comparison>): string | undefined {
  const { operator, value } = comparison;
  const values = Array.isArray(value) ? value : [value];
  if (operator === "contains") {
    if (field.kind !== "text" && field.kind !== "list") return "contains is for texts and lists";
    return typeof value === "string" && value !== "" ? undefined : "a text";
  }
  if (field.kind === "list") return "a list is asked with contains";
  if (operator === "at_least" || operator === "at_most") {
    if (field.kind !== "number" && !field.ranks) return "only numbers and ranked words have an order";
  }
  const wanted = field.kind === "text" ? "string" : field.kind;
  if (values.some((one) => typeof one !== wanted)) return `a ${wanted}`;
  const { ranks } = field;
  if (ranks && values.some((one) => !ranks.includes(String(one)))) return `one of ${ranks.join(", ")}`;
  return undefined;
}

/** Whether an event is wanted. A filter that this version does not understand lets everything through: better told twice. */
export function matches(
  type: NotificationType,
  filter: Json | undefined,
  event: Json,
  inSegment: (segmentId: string) => boolean = () => false,
): boolean {
  if (filter === undefined || filter === null) return true;
  let checked: NotificationFilter;
  try {
    checked = checkFilter(type, filter);
  } catch {
    return true;
  }
  return holds(checked, event, filterFields(type), inSegment);
}

function holds(
  filter: NotificationFilter,
  event: Json,
  fields: ReadonlyMap<string, Field>,
  inSegment: (segmentId: string) => boolean,
): boolean {
  if ("all" in filter) return filter.all.every((part) => holds(part, event, fields, inSegment));
  if ("any" in filter) return filter.any.some((part) => holds(part, event, fields, inSegment));
  if ("segment" in filter) return inSegment(filter.segment) === (filter.operator === "is");
  const { operator, value } = filter;
  const found = valueAt(event, filter.field);
  if (found === undefined || found === null) return operator === "is_not";
  switch (operator) {
    case "is":
      return same(found, value);
    case "is_not":
      return !same(found, value);
    case "in":
      return value.some((one) => same(found, one));
    case "contains":
      return Array.isArray(found)
        ? found.some((one) => same(one, value))
        : folded(String(found)).includes(folded(String(value)));
    default: {
      const ranks = fields.get(filter.field)?.ranks;
      const order = (one: unknown) => (ranks ? ranks.indexOf(String(one)) : Number(one));
      return operator === "at_least" ? order(found) >= order(value) : order(found) <= order(value);
    }
  }
}

/** The segments that a filter names, whether or not there are such. */
export function segmentsNamed(filter: Json | undefined): ReadonlySet<string> {
  const named = new Set<string>();
  const walk = (part: unknown): void => {
    const group = groupOf(part);
    for (const inner of group?.parts ?? []) walk(inner);
    const parsed = InSegment.safeParse(part);
    if (parsed.success) named.add(parsed.data.segment);
  };
  walk(filter);
  return named;
}

function groupOf(
  part: unknown,
): { readonly name: "all" | "any"; readonly parts: readonly unknown[] } | undefined {
  if (typeof part !== "object" || part === null) return undefined;
  const [name, ...more] = Object.keys(part);
  if ((name !== "all" && name !== "any") || more.length > 0) return undefined;
  const parts = (part as { readonly [name: string]: unknown })[name];
  return Array.isArray(parts) ? { name, parts } : undefined;
}

function valueAt(event: Json, path: string): unknown {
  let value: unknown = event;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as { readonly [name: string]: unknown })[name];
  }
  return value;
}

const folded = (text: string) => text.normalize("NFC").toLowerCase();
const same = (a: unknown, b: unknown) =>
  typeof a === "string" && typeof b === "string" ? folded(a) === folded(b) : a === b;

function invalid(path: string, reason: string): ValidationError {
  return new ValidationError("The filter does not fit events of this type: see `path` and `reason`.", {
    path,
    reason,
  });
}
