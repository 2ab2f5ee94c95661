import type * as z from "zod";

/**
 * A field of a query or a form. Nested ones are written with brackets (`items[0][price]`), lists of scalars as
 * `name[]` once for each; what is undefined is left out.
 */
export type FieldValue = string | number | boolean | undefined | readonly FieldValue[] | Fields;

export interface Fields {
  readonly [name: string]: FieldValue;
}

export interface VendorCall<T = unknown> {
  readonly query?: Fields;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`, instead of `json`. */
  readonly form?: Fields;
  /**
   * Headers of this call, of those that the vendor's `callHeaders` lists (`Idempotency-Key`, `Stripe-Account`). Any
   * other is refused (`configuration_invalid`), and none takes the credential's place.
   */
  readonly headers?: { readonly [name: string]: string | undefined };
  /**
   * Goes out instead of the connection's credential: what an event brought along to open its files. That it is refused
   * says nothing of the connection.
   */
  readonly token?: string | undefined;
  /** "text": the answer is no JSON (a transcript file), and is returned as the text that it is. Default "json". */
  readonly answer?: "json" | "text";
  /**
   * Follows up to three redirects of a GET to origins that the vendor's definition names; the credential goes along
   * to `origins` only. Default: a redirect is refused.
   */
  readonly followRedirects?: boolean;
  /** Checks the envelope; a page that does not fit is refused whole (`vendor_response_invalid`). */
  readonly schema?: z.ZodType<T>;
  readonly signal?: AbortSignal | undefined;
  /** Shown the headers of the answer that is returned: what some vendors say nowhere else. */
  readonly onHeaders?: (headers: Headers) => void;
  /** Answers of these statuses are returned as undefined instead of thrown: 404 where absence is an answer. */
  readonly absentOn?: readonly number[];
  /**
   * True for a call that may be sent twice without harm, whatever its method: a search or a batch read by POST.
   * GET always is. Only such calls are tried again after a timeout or a 5xx.
   */
  readonly repeatable?: boolean;
  /** Greater goes first when the vendor's limit makes calls wait. Default: that of the stream. */
  readonly priority?: number;
}

/**
 * The one way to a vendor: paths relative to its base URL, or absolute ones (next-page links) of its exact origins.
 * Auth header, limits, retries, deadline, size cap and redaction are inside. Throws `rate_limited`, `vendor_failed`,
 * `vendor_timeout`, `vendor_response_invalid`, `vendor_url_refused`, `reconnect_required`, `gate_closed` (a missing
 * scope) and `cancelled`.
 */
export interface VendorHttp {
  get<T = unknown>(path: string, call?: VendorCall<T>): Promise<T>;
  post<T = unknown>(path: string, call?: VendorCall<T>): Promise<T>;
  put<T = unknown>(path: string, call?: VendorCall<T>): Promise<T>;
  patch<T = unknown>(path: string, call?: VendorCall<T>): Promise<T>;
  delete<T = unknown>(path: string, call?: VendorCall<T>): Promise<T>;
  /** The vendor's clock, from the Date headers of its answers: never ahead of it. Undefined before the first answer. */
  vendorNow(): Date | undefined;
}
