import { ValidationError } from "@halo/core/signing";

type Json = Readonly<Record<string, unknown>>;

/**
 * One thing that Stripe tells: the parsed object itself. The fields here are checked, the others are as Stripe sent them.
 * `data.object` is rendered in the API version of the endpoint or the account: take it for a hint, and read the object.
 */
export interface StripeEvent extends Json {
  readonly id: string;
  readonly object: "event";
  readonly type: string;
  /** Epoch seconds. Order is not promised. */
  readonly created: number;
  readonly livemode: boolean;
  readonly data: {
    readonly object: Json & { readonly id?: string | null; readonly object?: string | null };
    /** Of `*.updated`: what the changed fields were before. */
    readonly previous_attributes?: Json | null;
  };
  readonly api_version?: string | null;
  /** The connected account, of an app's or a platform's endpoint. */
  readonly account?: string | null;
}

type Fields = { readonly [field: string]: unknown };

/**
 * The event of a parsed body, checked in place; none for the thin events of `v2`, which bring no object. Throws
 * `input_invalid` with the path of the first field that Stripe does not send so.
 */
export function requireEvents(body: unknown): StripeEvent[] {
  if (!isObject(body)) throw invalid("body");
  if (body.object === "v2.core.event") return [];
  const wrong = wrongField(body);
  if (wrong !== undefined) throw invalid(wrong);
  return [body as unknown as StripeEvent];
}

function wrongField(body: Fields): string | undefined {
  if (body.object !== "event") return "object";
  if (!isText(body.id)) return "id";
  if (!isText(body.type)) return "type";
  if (!isTime(body.created)) return "created";
  if (typeof body.livemode !== "boolean") return "livemode";
  if (!isTextOrAbsent(body.api_version)) return "api_version";
  if (!isTextOrAbsent(body.account)) return "account";
  const { data } = body;
  if (!isObject(data)) return "data";
  if (!isObject(data.object)) return "data.object";
  // `invoice.upcoming` tells of an invoice that has no id yet.
  if (!isTextOrAbsent(data.object.id)) return "data.object.id";
  if (!isTextOrAbsent(data.object.object)) return "data.object.object";
  const { previous_attributes: before } = data;
  return isAbsent(before) || isObject(before) ? undefined : "data.previous_attributes";
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const isTextOrAbsent = (value: unknown): boolean => isAbsent(value) || typeof value === "string";

function invalid(path: string): ValidationError {
  return new ValidationError(`The delivery's ${path} is not as Stripe documents it: answer 400.`, {
    path,
    reason: "not as documented",
  });
}
