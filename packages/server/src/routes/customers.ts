import type { CustomerKind } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { changer, part, reader, type Surface } from "../context.ts";
import { requireId, unknown } from "../ids.ts";
import { bodyOf, id, limit, queryOf } from "../input.ts";
import { requireSameSite } from "../same-site.ts";

const kind = z.enum(["end_user", "company"]);
const Listing = z.strictObject({ kind: kind.default("end_user"), after: id.exactOptional(), limit });
const History = z.strictObject({ limit });
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const email = z.string().min(3).max(400);
/** What core checks, it checks. */
const anything = z.record(z.string().max(100), z.json());
const Fields = z.strictObject({ fields: z.record(z.string().max(250), z.string().max(2_000).nullable()) });
const Entries = z.strictObject({ entries: anything });
const Context = z.strictObject({
  email: email.exactOptional(),
  customerId: id.exactOptional(),
  kind: kind.exactOptional(),
  audience: z.enum(["internal", "shareable"]).exactOptional(),
  maxChars: z.int().exactOptional(),
  traits: anything.exactOptional(),
  context: anything.exactOptional(),
});
const Seen = z.strictObject({
  people: z
    .array(
      z.union([
        z.strictObject({ id, at: time.exactOptional() }),
        z.strictObject({ email, at: time.exactOptional() }),
      ]),
    )
    .min(1)
    .max(1_000),
});
const by = z.union([
  z.strictObject({ kind, id }),
  z.strictObject({ email }),
  z.strictObject({ domain: z.string().min(1).max(300) }),
]);
const Report = z.strictObject({ customer: by, signals: anything, at: time.exactOptional() });
const Settings = z.strictObject({ settings: anything.nullable() });

/** Who the org's customers are, how they stand, and what an agent is told of one. */
export function customerRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;
  const known = async (orgId: string, of: string, given: string) => {
    const parsed = kind.safeParse(of);
    if (!parsed.success) throw unknown("customer");
    const customerId = requireId(given, "customer");
    const customer = await read(orgId, parsed.data, customerId);
    if (!customer) throw unknown("customer");
    return { kind: parsed.data, customer };
  };
  const read = (orgId: string, of: CustomerKind, customerId: string) =>
    of === "end_user"
      ? halo.customers.endUser(orgId, { id: customerId })
      : halo.customers.company(orgId, { id: customerId });

  app.get("/customers", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const { kind: of, ...page } = queryOf(context.req.raw, Listing);
    const customers =
      of === "end_user"
        ? await halo.customers.endUsers(orgId, page)
        : await halo.customers.companies(orgId, page);
    const next = customers.length === page.limit ? customers.at(-1)?.id : undefined;
    return json(200, { customers, next });
  });

  app.post("/customers/context", async (context) => {
    requireSameSite(context.req.raw, surface.origins);
    const { orgId } = await reader(surface, context.req.raw);
    const wanted = await bodyOf(surface, context.req.raw, Context);
    const request = { ...wanted, orgId } as unknown as Parameters<typeof halo.customers.context>[0];
    return json(200, await halo.customers.context(request));
  });

  app.post("/customers/seen", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { people } = await bodyOf(surface, context.req.raw, Seen);
    return json(200, { known: await halo.customers.seen(orgId, people) });
  });

  app.post("/customers/signals", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { at, customer, signals } = await bodyOf(surface, context.req.raw, Report);
    const said = signals as Parameters<typeof halo.health.report>[2];
    await halo.health.report(orgId, customer, said, { ...(at && { at }) });
    return json(202, { reported: true });
  });

  app.get("/customers/:kind/:id", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const { customer, kind: of } = await known(orgId, part(context, "kind"), part(context, "id"));
    const [matches, health, renewal] = await Promise.all([
      halo.customers.explain(orgId, of, customer.id),
      halo.health.get(orgId, of, customer.id),
      halo.renewals.get(orgId, of, customer.id),
    ]);
    return json(200, { kind: of, customer, matches, health, renewal });
  });

  app.get("/customers/:kind/:id/health", async (context) => {
    const { orgId } = await reader(surface, context.req.raw);
    const { customer, kind: of } = await known(orgId, part(context, "kind"), part(context, "id"));
    const { limit: most } = queryOf(context.req.raw, History);
    const [health, history] = await Promise.all([
      halo.health.get(orgId, of, customer.id),
      halo.health.history(orgId, of, customer.id, most),
    ]);
    return json(200, { health, history });
  });

  app.patch("/customers/:kind/:id", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { customer, kind: of } = await known(orgId, part(context, "kind"), part(context, "id"));
    const { fields } = await bodyOf(surface, context.req.raw, Fields);
    await halo.customers.set(orgId, of, customer.id, fields);
    return json(200, { customer: await read(orgId, of, customer.id) });
  });

  app.patch("/customers/:kind/:id/context", async (context) => {
    const { orgId } = await changer(surface, context.req.raw);
    const { customer, kind: of } = await known(orgId, part(context, "kind"), part(context, "id"));
    const { entries } = await bodyOf(surface, context.req.raw, Entries);
    const given = entries as Parameters<typeof halo.customers.setContext>[3];
    await halo.customers.setContext(orgId, of, customer.id, given);
    return json(200, { set: true });
  });

  for (const topic of ["health", "renewals"] as const) {
    app.get(`/${topic}/settings`, async (context) => {
      const { orgId } = await reader(surface, context.req.raw);
      return json(200, { settings: (await halo[topic].settings(orgId)) ?? null });
    });
    app.put(`/${topic}/settings`, async (context) => {
      const { orgId } = await changer(surface, context.req.raw);
      const { settings } = await bodyOf(surface, context.req.raw, Settings);
      return json(200, { settings: (await halo[topic].configure(orgId, settings)) ?? null });
    });
  }
}
