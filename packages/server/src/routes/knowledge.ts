import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { reader, type Surface } from "../context.ts";
import { bodyOf, id } from "../input.ts";
import { Refusal } from "../refusal.ts";
import { requireSameSite } from "../same-site.ts";

const about = { endUserId: id.exactOptional(), companyId: id.exactOptional() };
const date = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const Search = z.strictObject({
  query: z.string().min(1).max(10_000),
  scope: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("general") }),
    z.strictObject({ kind: z.literal("customer"), ...about }),
    z.strictObject({ kind: z.literal("staff"), ...about }),
  ]),
  prefix: z.string().min(1).max(200).exactOptional(),
  since: date.exactOptional(),
  until: date.exactOptional(),
  limit: z.int().min(1).max(50).exactOptional(),
  around: z.int().min(0).max(5).exactOptional(),
});

/** Search over the org's knowledge. Who asks decides how far it may look; nothing is found by default. */
export function knowledgeRoutes(app: Hono, surface: Surface): void {
  app.post("/knowledge/search", async (context) => {
    const request = context.req.raw;
    requireSameSite(request, surface.origins);
    const { actor, orgId } = await reader(surface, request);
    const given = await bodyOf(surface, request, Search);
    // "staff" is everything that the org knows of everybody: for its people, not for a program that talks to customers.
    if (given.scope.kind === "staff" && actor.kind !== "human") {
      throw new Refusal(403, "role_missing", 'Only people search with the scope "staff": name a customer.');
    }
    const hits = await surface.halo.knowledge.search({ ...given, orgId });
    return json(200, { hits });
  });
}
