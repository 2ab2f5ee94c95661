import * as z from "zod";
import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import { anId, checkedRequest } from "../halo/checked-request.ts";
import { customerBy } from "../halo/segments-service.ts";
import type {
  ContextEntry,
  ContextRequest,
  ContextSection,
  CustomerContext,
} from "../halo/standing-surface.ts";
import type { Company, CustomerProfile, EndUser } from "../ports/customer-store.ts";
import type { ThingFacts } from "../segments/evaluate.ts";
import { storableValue } from "../storable-json.ts";
import { isObject, line, linesOf, renderContext } from "./render-context.ts";

const types = [
  "list",
  "integration",
  "error",
  "status",
  "config",
  "feature",
  "metric",
  "relationship",
  "custom",
] as const;
const Entry = z.strictObject({
  label: z.string().min(1).max(80),
  type: z.enum(types).optional(),
  value: z.json(),
});
const key = z.string().min(1).max(100);
const Entries = z.record(key, Entry);
const Request = z.strictObject({
  orgId: z.string().min(1),
  email: z.string().max(400).optional(),
  customerId: anId.optional(),
  kind: z.enum(["end_user", "company"]).optional(),
  audience: z.enum(["internal", "shareable"]).optional(),
  maxChars: z.int().min(500).max(100_000).optional(),
  traits: z.record(key, z.union([z.string(), z.number(), z.boolean()])).optional(),
  context: Entries.optional(),
});

/** UTF-8, of all that is given at once. */
const longestContext = { end_user: 20_000, company: 50_000 } as const;
const defaultChars = 6_000;
const thingsShown = 5;

/** Checks entries that are to be stored; null takes one away. */
export function checkedEntries(kind: CustomerKind, entries: unknown): { readonly [key: string]: Json } {
  const checked = checkedRequest(z.record(key, Entry.nullable()), entries);
  const stored = storableValue(checked as unknown as Json) as { readonly [key: string]: Json };
  const bytes = new TextEncoder().encode(JSON.stringify(stored)).byteLength;
  if (bytes > longestContext[kind]) {
    throw new ValidationError(
      `A customer's context may have ${longestContext[kind]} bytes: give less of it.`,
      {
        path: "entries",
        reason: "too long",
      },
    );
  }
  return stored;
}

/**
 * What an agent is told of one customer. Where several say the same, later ones win: stored traits, the request's traits,
 * the stored context, the request's. Nothing of anybody else, and nothing of another org.
 */
export async function customerContext(engine: Engine, request: ContextRequest): Promise<CustomerContext> {
  const {
    audience,
    maxChars = defaultChars,
    orgId,
    traits = {},
    ...given
  } = checkedRequest(Request, request);
  const isInternal = audience !== "shareable";
  const { customers, standing } = engine.storage;
  const by =
    given.email !== undefined
      ? { email: given.email }
      : given.customerId !== undefined
        ? { kind: given.kind ?? ("end_user" as const), id: given.customerId }
        : undefined;
  if (!by || (given.email !== undefined && given.customerId !== undefined)) {
    throw new ValidationError("Say whose context is wanted: email, or customerId.", {
      path: "email",
      reason: "one of email and customerId",
    });
  }
  const who = await customerBy(engine, orgId, by);
  const endUser = who?.kind === "end_user" ? await customers.endUser(orgId, { id: who.id }) : undefined;
  const companyId = who?.kind === "company" ? who.id : endUser?.companyId;
  const company = companyId === undefined ? undefined : await customers.company(orgId, { id: companyId });
  const sources = await sourcesOf(engine, orgId);
  const sections: ContextSection[] = [];
  const own = who && (await customers.profile(orgId, who.kind, who.id, thingsShown));
  if (endUser || Object.keys(traits).length > 0) {
    const from = endUser ? await sources("end_user", endUser.id) : [];
    sections.push(profileOf(endUser, traits, own, from));
  }
  if (company) {
    sections.push(companyOf(company, isInternal, await sources("company", company.id)));
  }
  if (company && isInternal) {
    const [health, renewal] = await Promise.all([
      standing.health(orgId, "company", company.id),
      standing.renewal(orgId, "company", company.id),
    ]);
    const lines = [
      ...line("Health score", health?.score),
      ...line("Health", health?.tier),
      ...line("Renewal", renewal?.status),
      ...line("Renewal date", renewal?.renewalDate),
      ...line("On contract", renewal?.onContract),
    ];
    sections.push({ label: "Standing", type: "status", sources: ["halo"], lines });
  }
  const stored = own?.context ?? {};
  const ofCompany =
    who?.kind === "end_user" && companyId
      ? await customers.profile(orgId, "company", companyId, 1)
      : undefined;
  const entries = new Map([
    ...entriesOf(ofCompany?.context ?? {}, "host"),
    ...entriesOf(stored, "host"),
    ...entriesOf((given.context ?? {}) as unknown as { readonly [key: string]: Json }, "request"),
  ]);
  for (const { entry, source } of entries.values()) {
    const { label, type, value } = entry;
    sections.push({ label, type: type ?? shapeOf(value), sources: [source], lines: linesOf(entry) });
  }
  sections.push(...thingSections(own).filter(({ label }) => isInternal || label !== thingLabels.deal));
  const shown = sections.filter(({ lines }) => lines.length > 0);
  return {
    found: who !== undefined,
    ...renderContext(shown, maxChars),
    data: { endUser, company, sections: shown },
  };
}

/** Names of the integrations and the people that say something of a customer. */
async function sourcesOf({ storage }: Engine, orgId: string) {
  const connections = new Map(
    (await storage.connections.list(orgId)).map(({ id, integration }) => [id, integration]),
  );
  return async (kind: CustomerKind, id: string): Promise<readonly string[]> => {
    const matches = await storage.customers.explain(orgId, kind, id, 50);
    const names = matches.flatMap(({ connectionId, reason, stream }) =>
      reason === "manual" || stream === "manual" ? ["a person"] : (connections.get(connectionId ?? "") ?? []),
    );
    return [...new Set(names)].sort();
  };
}

function profileOf(
  endUser: EndUser | undefined,
  traits: { readonly [name: string]: string | number | boolean },
  profile: CustomerProfile | undefined,
  sources: readonly string[],
): ContextSection {
  const given = new Set(Object.keys(traits));
  const kept = Object.entries(endUser?.customFields ?? {}).filter(([name]) => !given.has(name));
  const lines = [
    ...line("Name", endUser?.name),
    ...line("Email", endUser?.email),
    ...line("Phone", endUser?.phone),
    ...line("Job title", endUser?.jobTitle),
    ...line("Lifecycle stage", endUser?.lifecycleStage),
    ...line("First seen", profile?.firstSeen),
    ...line("Last seen", profile?.lastSeen),
    ...[...kept, ...Object.entries(traits)].flatMap(([name, value]) => line(name, simple(value))),
  ];
  const all = given.size > 0 ? [...sources, "request"] : sources;
  return { label: "User Profile", type: "profile", sources: all, lines };
}

function companyOf(company: Company, isInternal: boolean, sources: readonly string[]): ContextSection {
  const { revenue } = company;
  const lines = [
    ...line("Domain", company.domain),
    ...line("Industry", company.industry),
    ...line("Employees", company.employeeCount),
    ...line("Lifecycle stage", company.lifecycleStage),
    ...line("Plan", revenue?.plan),
    ...line("Subscription", revenue?.subscriptionStatus),
    ...(isInternal ? line("MRR", amounts(revenue?.mrr)) : []),
    ...(isInternal ? line("Lifetime value", amounts(revenue?.lifetimeValue)) : []),
    ...line("Last payment", revenue?.lastPaymentAt),
    ...Object.entries(company.customFields).flatMap(([name, value]) => line(name, simple(value))),
  ];
  return {
    label: `Company: ${company.name ?? company.domain ?? company.id}`,
    type: "company",
    sources,
    lines,
  };
}

const amounts = (of: { readonly [currency: string]: string } | undefined) =>
  Object.entries(of ?? {})
    .map(([currency, amount]) => `${amount} ${currency.toUpperCase()}`)
    .join(", ") || undefined;

function simple(value: unknown): string | number | boolean | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value === null || value === undefined ? undefined : JSON.stringify(value);
}

const thingLabels = { deal: "Deals", meeting: "Meetings", activity: "Activity" } as const;

function thingSections(profile: CustomerProfile | undefined): readonly ContextSection[] {
  return (["deal", "meeting", "activity"] as const).map((thing) => ({
    label: thingLabels[thing],
    type: "relationship",
    sources: ["records"],
    lines: (profile?.things[thing] ?? []).flatMap((record) => linesOf({ value: [told(record)] })),
  }));
}

const told = (record: ThingFacts): string =>
  Object.entries(record)
    .flatMap(([field, value]) =>
      value === undefined
        ? []
        : [`${field} ${value instanceof Date ? value.toISOString().slice(0, 10) : value}`],
    )
    .join(", ");

type Sourced = { readonly entry: ContextEntry; readonly source: string };

function entriesOf(
  stored: { readonly [key: string]: Json },
  source: string,
): readonly (readonly [string, Sourced])[] {
  return Object.entries(stored).map(([name, value]) => {
    const parsed = Entry.safeParse(value);
    // What was stored by an older hand has no label of its own.
    const entry = parsed.success ? parsed.data : { label: name, value };
    return [name, { entry: entry as ContextEntry, source }] as const;
  });
}

const shapeOf = (value: Json): ContextSection["type"] =>
  Array.isArray(value) ? "list" : isObject(value) ? "config" : "custom";
