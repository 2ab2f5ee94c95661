import type { Json } from "@halo/core";
import { type ActionRunContext, type EffectFound, VendorError } from "@halo/core/actions";
import * as z from "zod";
import type { Caller } from "./caller.ts";
import { type Contact, contactByEmail, emailOf } from "./contact-by-email.ts";
import { hasMark } from "./mark.ts";
import type { MadeType, Written } from "./write.ts";

/** Records of a contact that are read for the mark; beyond, only the index can tell. */
const MAX_RECORDS = 1_000;
const READ_BATCH = 100;
/** guess: what was asked for and never answered is in the store, or never will be, so long after the attempt. */
const SETTLED_MS = 2_000;
/** Our clock and HubSpot's may differ by so much. */
const SKEW_MS = 60_000;

const Id = z.union([z.string(), z.number()]).transform(String);

const Associated = z.object({
  results: z.array(
    z.object({
      to: z.array(z.object({ toObjectId: Id })),
      paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
    }),
  ),
  errors: z.array(z.object({ subCategory: z.string().nullish() })).nullish(),
});

const Marked = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()),
  associations: z
    .object({ contacts: z.object({ results: z.array(z.object({ id: Id })) }).nullish() })
    .nullish(),
});

const Records = z.object({ results: z.array(Marked), errors: z.array(z.unknown()).nullish() });

export interface MarkedKind<Output> {
  readonly type: MadeType;
  /** Where the mark stands. */
  readonly property: "description" | "hs_note_body" | "hs_task_body";
  readonly output: (record: Written, contactId: string | undefined) => Output;
}

/**
 * Looks for what an attempt may have made. Reads the store by way of the contact; `absent` only if the contact that the
 * address leads to now is the one that it led to then, and all of its records were seen. The index of search, which
 * lags, can only tell that it is there.
 */
export async function findMarked<Output extends Json>(
  caller: Caller,
  context: Pick<ActionRunContext<unknown, unknown>, "subject" | "effectKey" | "at" | "attemptedAt">,
  kind: MarkedKind<Output>,
): Promise<EffectFound<Output>> {
  const { effectKey, at, attemptedAt = at } = context;
  const email = emailOf(context.subject);
  const contact = await contactByEmail(caller, email);
  const seen = contact && (await recordsOf(caller, contact.id, kind));
  const own = seen?.records.find(({ properties }) => hasMark(properties[kind.property], effectKey));
  if (own) return { state: "present", output: kind.output(own, contact?.id) };
  const indexed = await byIndex(caller, effectKey, kind);
  if (indexed) {
    const contactId = indexed.associations?.contacts?.results[0]?.id;
    return { state: "present", output: kind.output(indexed, contactId) };
  }
  if (!settled(caller, attemptedAt)) {
    throw new VendorError("HubSpot may still be at work on it: look again in a moment.", {
      retryable: true,
      reason: "not_settled",
    });
  }
  const certain = contact !== undefined && seen?.all === true && wasThen(contact, email, at);
  return { state: certain ? "absent" : "unknown" };
}

async function recordsOf(
  { http, paths, signal }: Caller,
  contactId: string,
  { type, property }: Pick<MarkedKind<never>, "type" | "property">,
): Promise<{ readonly records: readonly z.infer<typeof Marked>[]; readonly all: boolean }> {
  const ids: string[] = [];
  let all = true;
  let after: string | undefined;
  do {
    const page = await http.post(paths.associations("contacts", type), {
      json: { inputs: [{ id: contactId, ...(after !== undefined && { after }) }] },
      schema: Associated,
      repeatable: true,
      signal,
    });
    // A contact without any is left out, or comes as this error; any other one means that it could not be read.
    if (page.errors?.some(({ subCategory }) => !subCategory?.endsWith("NO_ASSOCIATIONS_FOUND"))) all = false;
    ids.push(...page.results.flatMap(({ to }) => to.map(({ toObjectId }) => toObjectId)));
    const next = page.results[0]?.paging?.next?.after;
    if (next !== undefined && (next === after || ids.length >= MAX_RECORDS)) all = false;
    after = all ? next : undefined;
  } while (after !== undefined);

  const records: z.infer<typeof Marked>[] = [];
  for (let from = 0; from < ids.length; from += READ_BATCH) {
    const inputs = ids.slice(from, from + READ_BATCH).map((id) => ({ id }));
    const page = await http.post(paths.batchRead(type), {
      json: { inputs, properties: [property, ...NAMES[type]] },
      schema: Records,
      repeatable: true,
      signal,
    });
    records.push(...page.results);
    // One that is associated and cannot be read may have been ours.
    if (page.results.length < inputs.length) all = false;
  }
  return { records, all };
}

/** What the output shows of a record. */
const NAMES: { readonly [type in MadeType]: readonly string[] } = {
  deals: ["dealname"],
  notes: [],
  tasks: ["hs_timestamp"],
};

/** Whether the address has led to this contact since before `at`, as the property's history says. */
function wasThen(contact: Contact, email: string, at: Date): boolean {
  const history = contact.propertiesWithHistory?.["email"] ?? [];
  const times = history.map(({ timestamp }) => Date.parse(timestamp));
  const latest = history[times.indexOf(Math.max(...times))];
  if (latest?.value?.toLowerCase() !== email.toLowerCase()) return false;
  return Math.max(...times) + SKEW_MS <= at.getTime();
}

function settled({ http }: Caller, attemptedAt: Date): boolean {
  return (http.vendorNow()?.getTime() ?? 0) >= attemptedAt.getTime() + SETTLED_MS;
}

async function byIndex(
  { http, paths, signal }: Caller,
  effectKey: string,
  { type, property }: Pick<MarkedKind<never>, "type" | "property">,
): Promise<z.infer<typeof Marked> | undefined> {
  const filter = { propertyName: property, operator: "CONTAINS_TOKEN", value: effectKey };
  const { results } = await http.post(paths.search(type), {
    json: { filterGroups: [{ filters: [filter] }], properties: [property], limit: 10 },
    schema: Records,
    repeatable: true,
    signal,
  });
  const hit = results.find(({ properties }) => hasMark(properties[property], effectKey));
  if (!hit) return undefined;
  return http.get<z.infer<typeof Marked> | undefined>(
    `${paths.objects(type)}/${encodeURIComponent(hit.id)}`,
    {
      query: { properties: [property, ...NAMES[type]].join(","), associations: "contacts" },
      schema: Marked,
      absentOn: [404],
      signal,
    },
  );
}
