import { isHaloError, type VendorHttp } from "@halo/core";
import * as z from "zod";
import { readAll } from "./streams/list-pages.ts";

/** What makes rows readable: the names of what is sold, behind Stripe's ids. */
export interface StripeReferences {
  readonly products: ReadonlyMap<string, string>;
}

const Product = z.object({ id: z.string(), name: z.string() });

/** Who sells more than this sells goods, and not plans: those are shown by their prices. */
const MOST = 5_000;

export async function references({
  http,
  signal,
}: {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
}) {
  const products = new Map<string, string>();
  const notices: string[] = [];
  try {
    for (const one of await readAll(http, "/v1/products", {}, signal, MOST)) {
      const product = Product.safeParse(one).data;
      if (product) products.set(product.id, product.name);
    }
  } catch (error) {
    if (!isHaloError(error, "gate_closed")) throw error;
    notices.push("Plans are shown by their prices: the permission to read products is missing.");
  }
  const refs: StripeReferences = { products };
  return { refs, notices };
}
