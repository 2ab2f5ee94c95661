import type { VendorHttp } from "@halo/core";
import * as z from "zod";
import type { Paths } from "./paths.ts";
import { unlessForbidden } from "./streams/unless-forbidden.ts";

export interface Owner {
  readonly name: string;
  readonly email: string | undefined;
}

export interface Stage {
  readonly label: string;
  readonly isClosed: boolean;
  readonly isWon: boolean;
}

export interface Pipeline {
  readonly label: string;
  readonly stages: ReadonlyMap<string, Stage>;
}

/** What makes rows readable: the people and the stages behind HubSpot's numbers. */
export interface HubSpotReferences {
  readonly owners: ReadonlyMap<string, Owner>;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
}

const OwnerPage = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      email: z.string().nullish(),
      firstName: z.string().nullish(),
      lastName: z.string().nullish(),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

const Pipelines = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      stages: z.array(
        z.object({
          id: z.string(),
          label: z.string(),
          metadata: z.record(z.string(), z.unknown()).nullish(),
        }),
      ),
    }),
  ),
});

interface Caller {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
}

/** What a connection without the scope does not bring, in an admin's words. */
const SKIPPED: readonly { readonly scope: string; readonly notice: string }[] = [
  {
    scope: "sales-email-read",
    notice: "E-mails are not read: the scope sales-email-read is missing. Reconnect and grant it.",
  },
  {
    scope: "forms",
    notice: "Form submissions are not read: the scope forms is missing. Reconnect and grant it.",
  },
];

export function references(paths: Paths) {
  return async (context: Caller & { readonly scopes: ReadonlySet<string> | undefined }) => {
    const notices = SKIPPED.filter(({ scope }) => context.scopes?.has(scope) === false).map((s) => s.notice);
    const owners = await orNotice(
      notices,
      "Owners are shown by number: the scope crm.objects.owners.read is missing.",
      context.scopes?.has("crm.objects.owners.read") === false,
      () => readOwners(context, paths),
    );
    const pipelines = await orNotice(
      notices,
      "Deal stages are shown by id: the scope crm.objects.deals.read is missing.",
      context.scopes?.has("crm.objects.deals.read") === false,
      () => readPipelines(context, paths),
    );
    const refs: HubSpotReferences = { owners: owners ?? new Map(), pipelines: pipelines ?? new Map() };
    return { refs, notices };
  };
}

async function orNotice<T>(
  notices: string[],
  notice: string,
  missing: boolean,
  read: () => Promise<T>,
): Promise<T | undefined> {
  const found = missing ? undefined : await unlessForbidden(read);
  if (found === undefined) notices.push(notice);
  return found;
}

/** Those who left too: their names stand on old records. */
async function readOwners({ http, signal }: Caller, paths: Paths): Promise<Map<string, Owner>> {
  const owners = new Map<string, Owner>();
  for (const archived of [true, false]) {
    let after: string | undefined;
    do {
      const query = { limit: 100, archived, after };
      const page = await http.get(paths.owners, { query, schema: OwnerPage, signal });
      for (const { id, email, firstName, lastName } of page.results) {
        const name = [firstName, lastName].filter(Boolean).join(" ") || email || id;
        owners.set(id, { name, email: email ?? undefined });
      }
      const next = page.paging?.next?.after;
      after = next === after ? undefined : next;
    } while (after !== undefined);
  }
  return owners;
}

async function readPipelines({ http, signal }: Caller, paths: Paths): Promise<Map<string, Pipeline>> {
  const { results } = await http.get(paths.dealPipelines, { schema: Pipelines, signal });
  return new Map(
    results.map(({ id, label, stages }) => [
      id,
      { label, stages: new Map(stages.map((stage) => [stage.id, describeStage(stage)])) },
    ]),
  );
}

/** Probability 1.0 is won, 0.0 is lost: "Pipelines guide", read 2026-11-21. */
function describeStage(stage: z.infer<typeof Pipelines>["results"][number]["stages"][number]): Stage {
  const probability = Number(stage.metadata?.probability);
  const isWon = probability === 1;
  return { label: stage.label, isWon, isClosed: isWon || probability === 0 };
}
