import { sharedFile } from "./specs.ts";

/** The mini language in which the derived file writes types. */
export interface StripeType {
  readonly type?: string;
  readonly object?: Readonly<Record<string, StripeType>>;
  readonly array?: StripeType;
  readonly enum?: readonly unknown[];
  readonly list_of?: string;
  readonly optional?: boolean;
  readonly nullable?: boolean;
  readonly expandable?: readonly string[];
}

export interface StripeResourceSpec {
  readonly endpoints: readonly { readonly http: string; readonly path: string }[];
  /** Its fields. */
  readonly object: Readonly<Record<string, StripeType>>;
  readonly params: Readonly<Record<string, Readonly<Record<string, StripeType>>>>;
}

export interface StripeSpec {
  readonly api_version: string;
  readonly resources: Readonly<Record<string, StripeResourceSpec>>;
  readonly event_types: readonly string[];
}

export interface StripeFixtures {
  readonly resources: Readonly<Record<string, unknown>>;
}

export const stripeSpec = () => sharedFile<StripeSpec>("specs/stripe/api-2026-10-28.endive.json");
export const stripeFixtures = () => sharedFile<StripeFixtures>("specs/stripe/fixtures3.json");

type Fields = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names of types in the derived file, where they are resources of their own. */
const RESOURCE_OF: Readonly<Record<string, string>> = {
  SubscriptionItem: "subscription_item",
  InvoiceLineItem: "invoice_line_item",
  InvoicePayment: "invoice_payment",
  Refund: "refund",
  Price: "price",
  Subscription: "subscription",
};

/** Where an object differs from the vendor's types: a field that is missing, unknown or of another type. */
export function objectErrors(
  spec: StripeSpec,
  fields: Readonly<Record<string, StripeType>>,
  value: unknown,
  at: string,
): string[] {
  if (!isMap(value)) return [`${at}: not an object`];
  const missing = Object.entries(fields)
    .filter(([name, field]) => !field.optional && value[name] === undefined)
    .map(([name]) => `${at}.${name}: missing`);
  const wrong = Object.entries(value).flatMap(([name, inner]) => {
    const field = fields[name];
    if (!field) return [`${at}.${name}: not in the vendor's types`];
    return valueErrors(spec, field, inner, `${at}.${name}`);
  });
  return [...missing, ...wrong];
}

function valueErrors(spec: StripeSpec, type: StripeType, value: unknown, at: string): string[] {
  const wrong = (what: string) => [`${at}: ${JSON.stringify(value)?.slice(0, 60)} is no ${what}`];
  if (value === undefined) return [];
  if (value === null) return type.nullable ? [] : wrong("value that may be null");
  if (type.enum) return type.enum.includes(value) ? [] : wrong(type.enum.join(" or "));
  if (type.array) {
    const item = type.array;
    return Array.isArray(value)
      ? value.flatMap((one, i) => valueErrors(spec, item, one, `${at}[${i}]`))
      : wrong("list");
  }
  if (type.list_of !== undefined) return listErrors(spec, type.list_of, value, at);
  // A map of nothing stands for any object.
  if (type.object)
    return Object.keys(type.object).length > 0 ? objectErrors(spec, type.object, value, at) : [];
  if (type.expandable) return typeof value === "string" ? [] : isMap(value) ? [] : wrong("id");
  const named = RESOURCE_OF[type.type ?? ""];
  if (named) return objectErrors(spec, spec.resources[named]?.object ?? {}, value, at);
  switch (type.type) {
    case "string":
    case "decimal string":
      return typeof value === "string" ? [] : wrong("string");
    case "number":
      return Number.isInteger(value) ? [] : wrong("whole number");
    case "boolean":
      return typeof value === "boolean" ? [] : wrong("boolean");
    case "map<string,string>":
      return isMap(value) && Object.values(value).every((one) => typeof one === "string") ? [] : wrong("map");
    default:
      // Named types stand for what the file cut off.
      return [];
  }
}

function listErrors(spec: StripeSpec, name: string, value: unknown, at: string): string[] {
  if (!isMap(value) || value.object !== "list" || !Array.isArray(value.data)) return [`${at}: not a list`];
  if (typeof value.has_more !== "boolean" || typeof value.url !== "string")
    return [`${at}: not a whole list`];
  const item = spec.resources[RESOURCE_OF[name] ?? ""];
  return item ? value.data.flatMap((one, i) => objectErrors(spec, item.object, one, `${at}[${i}]`)) : [];
}

/** Fields that a real object of the vendor has and this one has not, or of another type. */
export function fixtureErrors(fixture: unknown, value: unknown, at: string): string[] {
  if (fixture === null || value === null) return [];
  if (Array.isArray(fixture)) {
    if (!Array.isArray(value)) return [`${at}: not a list`];
    const [first] = fixture as unknown[];
    return first === undefined ? [] : value.flatMap((one, i) => fixtureErrors(first, one, `${at}[${i}]`));
  }
  if (isMap(fixture)) {
    if (!isMap(value)) return [`${at}: not a map`];
    // What a merchant names as they like.
    if (at.endsWith("metadata")) return [];
    return Object.entries(fixture).flatMap(([name, known]) =>
      value[name] === undefined
        ? [`${at}.${name}: missing`]
        : fixtureErrors(known, value[name], `${at}.${name}`),
    );
  }
  return typeof fixture === typeof value
    ? []
    : [`${at}: ${typeof value} where the vendor has ${typeof fixture}`];
}
