import type { Latency } from "../latency.ts";
import type { LimitValues } from "./limits.ts";
import type { ObjectType } from "./object-types.ts";
import { INLINE_ASSOCIATIONS } from "./objects/inline-associations.ts";
import type { Portal } from "./portal.ts";
import { liveRecords } from "./portal-api.ts";

export interface TheoreticalOptions {
  /** Kinds of record that are read, each with the kinds it is associated with inline. */
  readonly types?: Readonly<Partial<Record<ObjectType, readonly ObjectType[]>>>;
  /** Whether forms and their submissions are read. */
  readonly submissions?: boolean;
  /** Requests besides: account, owners, pipelines, properties of each kind. */
  readonly settings?: boolean;
}

/** The fewest requests for a full read, and the shortest time that the limit allows for them. */
export interface Theoretical {
  readonly requests: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** (⌈requests ÷ limit⌉ − 1) × window, plus one median latency (PERFORMANCE §8). */
  readonly seconds: number;
  readonly limit: { readonly max: number; readonly windowMs: number } | undefined;
  readonly medianLatencyMs: number;
}

const DEFAULT_TYPES: Readonly<Partial<Record<ObjectType, readonly ObjectType[]>>> = {
  contacts: ["companies"],
  companies: [],
  deals: ["contacts", "companies"],
  emails: ["contacts", "companies", "deals"],
  notes: ["contacts", "companies", "deals"],
  calls: ["contacts", "companies", "deals"],
  meetings: ["contacts", "companies", "deals"],
};

const pages = (count: number, size: number) => Math.max(1, Math.ceil(count / size));

export function theoreticalPlan(
  portal: Portal,
  limits: LimitValues | undefined,
  latency: Latency,
  options: TheoreticalOptions = {},
): Theoretical {
  const byKind: Record<string, number> = {};
  for (const [type, kinds] of Object.entries(options.types ?? DEFAULT_TYPES) as [
    ObjectType,
    ObjectType[],
  ][]) {
    const records = liveRecords(portal, type);
    byKind[`list ${type}`] = pages(records.length, 100);
    for (const kind of kinds) {
      const overflowing = records.filter(
        (record) => record.links.filter((end) => end.type === kind).length > INLINE_ASSOCIATIONS,
      ).length;
      if (overflowing > 0) byKind[`associations ${type} to ${kind}`] = Math.ceil(overflowing / 1_000);
    }
  }
  if (options.submissions ?? true) {
    byKind.forms = 1;
    byKind.submissions = portal.forms.reduce((sum, form) => sum + pages(form.submissions.length, 50), 0);
  }
  if (options.settings ?? true) {
    byKind.owners = pages(portal.owners.length, 100);
    byKind.pipelines = 1;
    byKind.account = 1;
  }
  const requests = Object.values(byKind).reduce((sum, count) => sum + count, 0);
  const burst = limits?.burst;
  const waitMs = burst ? (Math.ceil(requests / burst.max) - 1) * burst.windowMs : 0;
  return {
    requests,
    byKind,
    seconds: (waitMs + latency.medianMs) / 1_000,
    limit: burst,
    medianLatencyMs: latency.medianMs,
  };
}
