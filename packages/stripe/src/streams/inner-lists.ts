import type { VendorHttp } from "@halo/core";
import * as z from "zod";
import { readAll } from "./list-pages.ts";

const Inner = z.looseObject({ data: z.array(z.unknown()), has_more: z.boolean() });

interface Caller {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
}

/** The object with the list in its field read to its end: an object brings only the first of what it holds. */
async function withWhole(
  object: unknown,
  field: string,
  all: (id: string) => Promise<unknown[]>,
): Promise<unknown> {
  const parsed = z.looseObject({ id: z.string(), [field]: Inner }).safeParse(object);
  if (!parsed.success) return object;
  const list = parsed.data[field] as z.infer<typeof Inner>;
  if (!list.has_more) return object;
  const data = await all(parsed.data.id as string);
  return { ...(object as object), [field]: { ...list, data, has_more: false } };
}

/** "List all subscription items". */
export const withItems =
  ({ http, signal }: Caller) =>
  (object: unknown): Promise<unknown> =>
    withWhole(object, "items", (subscription) =>
      readAll(http, "/v1/subscription_items", { subscription }, signal),
    );

/** "Retrieve an invoice's line items". */
export const withLines =
  ({ http, signal }: Caller) =>
  (object: unknown): Promise<unknown> =>
    withWhole(object, "lines", (id) =>
      readAll(http, `/v1/invoices/${encodeURIComponent(id)}/lines`, {}, signal),
    );
