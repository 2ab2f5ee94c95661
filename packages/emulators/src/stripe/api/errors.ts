import { Refusal } from "../../refusal.ts";
import { jsonReply, type Reply } from "../../reply.ts";

export type ErrorType = "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";

export interface ErrorFields {
  readonly message: string;
  readonly type?: ErrorType;
  readonly code?: string;
  readonly param?: string;
  readonly [more: string]: unknown;
}

/** A refusal that may end work which had begun. */
export class StripeRefusal extends Refusal {
  /** Only then is the answer kept under the request's idempotency key. */
  readonly begun: boolean;
  constructor(reply: Reply, begun = false) {
    super(reply);
    this.begun = begun;
  }
}

export function errorReply(
  status: number,
  { type = "invalid_request_error", ...fields }: ErrorFields,
  headers: Record<string, string> = {},
): Reply {
  const doc_url =
    fields.code === undefined
      ? undefined
      : `https://stripe.com/docs/error-codes/${fields.code.replaceAll("_", "-")}`;
  return jsonReply(status, { error: { ...(doc_url && { doc_url }), ...fields, type } }, headers);
}

export const refuse = (
  status: number,
  fields: ErrorFields,
  headers?: Record<string, string>,
): StripeRefusal => new StripeRefusal(errorReply(status, fields, headers));

/** Something is wrong with a parameter. Nothing has begun. */
export const badParameter = (param: string, code: string | undefined, message: string): StripeRefusal =>
  refuse(400, { message, param, ...(code !== undefined && { code }) });

/** The work was begun and came to a refusal: it stays under the request's idempotency key. */
export const refusedAtWork = (fields: ErrorFields, status = 400): StripeRefusal =>
  new StripeRefusal(errorReply(status, fields), true);

export const noSuchUrl = (method: string, path: string): StripeRefusal =>
  refuse(404, {
    message: `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  });

/** Words for a kind in messages: `payment_intent`, but `coupon`. */
export function missing(
  kind: string,
  id: string,
  {
    otherMode,
    livemode,
    param,
    status,
  }: { otherMode: boolean; livemode: boolean; param: string; status: number },
): StripeRefusal {
  const other = otherMode
    ? `; a similar object exists in ${livemode ? "test" : "live"} mode, but a ${livemode ? "live" : "test"} mode key was used to make this request.`
    : "";
  return refuse(status, { code: "resource_missing", message: `No such ${kind}: '${id}'${other}`, param });
}
