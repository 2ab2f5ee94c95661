import { type ActionRunContext, VendorError } from "@halo/core/actions";
import * as z from "zod";
import type { Caller } from "./caller.ts";
import { isMarked } from "./write.ts";

/** guess: what was asked for and never answered stands in the lists, or never will, so long after the attempt. */
const SETTLED_MS = 2_000;
/** Our clock and Stripe's may differ by so much. */
const SKEW_MS = 5 * 60_000;
const PAGE = 100;
const PAGES = 20;

type Attempted = Pick<ActionRunContext<unknown, unknown>, "at" | "attemptedAt">;

/** Throws, to be asked again, while an attempt may still be on its way. */
export function requireSettled({ http }: Caller, { at, attemptedAt = at }: Attempted): void {
  if ((http.vendorNow()?.getTime() ?? 0) >= attemptedAt.getTime() + SETTLED_MS) return;
  throw new VendorError("Stripe may still be at work on it: look again in a moment.", {
    retryable: true,
    reason: "not_settled",
  });
}

const Marked = z.object({
  id: z.string().min(1),
  created: z.number(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

/**
 * The object of a list that bears the mark of an effect. Lists are newest first: what was made before the call is not
 * looked through. `unknown`: there was more than anybody looks through.
 */
export async function findInList<Item extends z.infer<typeof Marked>>(
  { http, signal }: Caller,
  list: {
    readonly path: string;
    readonly query: { readonly [name: string]: string };
    readonly item: z.ZodType<Item>;
  },
  effectKey: string,
  at: Date,
): Promise<Item | "absent" | "unknown"> {
  const schema = z.object({ data: z.array(list.item), has_more: z.boolean().nullish() });
  const oldest = (at.getTime() - SKEW_MS) / 1_000;
  let after: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { data, has_more } = await http.get(list.path, {
      query: { ...list.query, limit: PAGE, starting_after: after },
      schema,
      signal,
    });
    const found = data.find((one) => isMarked(one, effectKey));
    if (found) return found;
    const last = data.at(-1);
    if (!has_more || !last || last.created < oldest) return "absent";
    after = last.id;
  }
  return "unknown";
}
