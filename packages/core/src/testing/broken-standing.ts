import { orgOf, type State } from "../memory/state.ts";
import type { CustomerStore } from "../ports/customer-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import type { SegmentStore } from "../ports/segment-store.ts";
import type { StandingStore } from "../ports/standing-store.ts";
import type { Breakage } from "./broken-storage.ts";

/** The lease as it would have to be now, of whichever org is asked for; one that was let go is taken again. */
const forged = (state: State, lease: Lease): Lease => {
  for (const held of state.leases.values()) {
    if (held.kind !== lease.kind || held.orgId !== lease.orgId) continue;
    held.holder ??= lease.holder;
    return { ...lease, subject: held.subject, fence: held.fence, holder: held.holder };
  }
  return lease;
};

const inSegments = (
  name: string,
  promise: string,
  change: (good: SegmentStore, state: State) => Partial<SegmentStore>,
): Breakage => ({
  name,
  room: "segments",
  breaks: promise,
  rooms: (good, state) => ({ segments: change(good.segments, state) }),
});

const inStanding = (
  name: string,
  promise: string,
  change: (good: StandingStore, state: State) => Partial<StandingStore>,
): Breakage => ({
  name,
  room: "standing",
  breaks: promise,
  rooms: (good, state) => ({ standing: change(good.standing, state) }),
});

const inCustomers = (
  name: string,
  promise: string,
  change: (good: CustomerStore, state: State) => Partial<CustomerStore>,
): Breakage => ({
  name,
  room: "standing",
  breaks: promise,
  rooms: (good, state) => ({ customers: change(good.customers, state) }),
});

/** Members of a segment, as the memory keeps them. */
const membersOf = (state: State, orgId: string, id: string) => orgOf(state, orgId).standing.members.get(id);

const entering = "who fits when a segment is made";
const noting = "a person who changed brings the company";

export const standingBreakages: readonly Breakage[] = [
  inSegments("the revision grows with every change", "a segment comes back", (good, state) => ({
    upsert: async (segment) => {
      const stored = await good.upsert(segment);
      const { segments } = orgOf(state, segment.orgId).standing;
      const grown = { ...stored, revision: stored.revision + (stored.updatedAt > stored.createdAt ? 1 : 0) };
      segments.set(stored.id, grown);
      return grown;
    },
  })),
  inSegments("a segment that is deleted is still there", "a segment comes back", () => ({
    delete: async () => true,
  })),
  inSegments("what is not known is neither true nor false", "T27 random filters", (good, state) => ({
    customers: async (orgId, query, page) => {
      const found = await good.customers(orgId, query, page);
      const { filter } = query;
      // Three values, as SQL has them: NOT of what is unknown is unknown.
      if (!("not" in filter) && !("operator" in filter && filter.operator.startsWith("is_not"))) return found;
      return found.filter(({ id }) => orgOf(state, orgId).customers.get(id)?.kind === "company");
    },
  })),
  inSegments("a filter finds nobody who is not asked for by name", "T27 random filters", (good) => ({
    count: async (orgId, query) => Math.min(1, await good.count(orgId, query)),
  })),
  inSegments("the last of a page is the first of the next", "customers that fit come in pages", (good) => ({
    customers: async (orgId, query, { after, limit }) => {
      const all = await good.customers(orgId, query, { limit: 1_000 });
      return all.filter(({ id }) => after === undefined || id >= after).slice(0, limit);
    },
  })),
  inSegments("all who fit are found among the ids", "customers that fit come in pages", (good) => ({
    matching: async (orgId, query) =>
      (await good.customers(orgId, query, { limit: 1_000 })).map(({ id }) => id),
  })),
  inSegments("who fits from the start is told of", entering, (good, state) => ({
    refresh: async (lease, segment, query, only) => {
      const filled = membersOf(state, lease.orgId, segment.id) !== undefined;
      const result = await good.refresh(lease, segment, query, only);
      if (!filled)
        for (const member of membersOf(state, lease.orgId, segment.id)?.of.values() ?? [])
          member.untold = true;
      return result;
    },
  })),
  inSegments("nobody leaves", entering, (good, state) => ({
    refresh: async (lease, segment, query, only) => {
      const before = [...(membersOf(state, lease.orgId, segment.id)?.of ?? [])].filter(
        ([, member]) => member.in,
      );
      const result = await good.refresh(lease, segment, query, only);
      for (const [id] of before) {
        const member = membersOf(state, lease.orgId, segment.id)?.of.get(id);
        if (member) member.in = true;
      }
      return { ...result, left: 0 };
    },
  })),
  inSegments(
    "an entry is told of before its notification is stored",
    "entries are told of once",
    (good, state) => ({
      tell: async (lease, entries, notifications, at) => {
        for (const { customerId, segmentId } of entries) {
          const member = membersOf(state, lease.orgId, segmentId)?.of.get(customerId);
          if (member) member.untold = false;
        }
        await good.tell(lease, entries, notifications, at);
      },
    }),
  ),
  inSegments("telling is not fenced", "entries are told of once", (good, state) => ({
    tell: (lease, ...rest) => good.tell(forged(state, { ...lease }), ...rest),
  })),
  inSegments("a segment that is quiet announces", "entries are told of once", (good) => ({
    upsert: (segment) => good.upsert({ ...segment, announce: true }),
  })),
  inSegments(
    "members of an older revision are brought in line",
    "a filter that changed begins anew",
    (good, state) => ({
      refresh: async (lease, segment, query, only) => {
        const now = orgOf(state, lease.orgId).standing.segments.get(segment.id)?.revision ?? segment.revision;
        return good.refresh(lease, { ...segment, revision: now }, query, only);
      },
    }),
  ),
  inSegments("only those who are named are looked at", "with a company its people", (good, state) => ({
    refresh: (lease, segment, query, only) => {
      const people = only?.filter((id) => orgOf(state, lease.orgId).customers.get(id)?.kind !== "company");
      return good.refresh(lease, segment, query, people);
    },
  })),
  inSegments("customers of all orgs fit", "T30 one org's segments", (good, state) => ({
    count: async (_, query) => {
      let sum = 0;
      for (const orgId of state.orgs.keys()) sum += await good.count(orgId, query);
      return sum;
    },
  })),
  inSegments("a lease of one org opens another's", "T30 one org's segments", (good, state) => ({
    entries: (lease, limit) => good.entries(forged(state, lease), limit),
  })),
  inSegments("nobody is woken for a segment", "a segment that is stored wakes", (good, state) => ({
    upsert: async (segment) => {
      const stored = await good.upsert(segment);
      for (const lease of state.leases.values()) if (lease.kind === "standing") lease.dueAt = undefined;
      return stored;
    },
  })),
  inStanding("scores outlive their settings", "settings come back", (good, state) => ({
    setSettings: async (orgId, topic, settings, at) => {
      const { health } = orgOf(state, orgId).standing;
      const kept = [...health];
      await good.setSettings(orgId, topic, settings, at);
      for (const [id, score] of kept) health.set(id, score);
    },
  })),
  inStanding("what was there before is not looked at", "changes are noted of an org", (good, state) => ({
    setSettings: async (orgId, topic, settings, at) => {
      await good.setSettings(orgId, topic, settings, at);
      orgOf(state, orgId).standing.changes.clear();
    },
  })),
  inStanding("a person's change says nothing of the company", noting, (good, state) => ({
    changes: async (lease, limit) => {
      const all = await good.changes(lease, limit);
      const people = all.some(({ kind }) => kind === "end_user");
      return people
        ? all.filter(
            ({ customerId }) => orgOf(state, lease.orgId).customers.get(customerId)?.kind !== "company",
          )
        : all;
    },
  })),
  inStanding("a signal is no change", noting, (good, state) => ({
    report: async (orgId, signals) => {
      const { changes } = orgOf(state, orgId).standing;
      await good.report(orgId, signals);
      changes.clear();
    },
  })),
  inCustomers("a sighting is no change", noting, (good, state) => ({
    seen: async (orgId, sightings) => {
      const known = await good.seen(orgId, sightings);
      orgOf(state, orgId).standing.changes.clear();
      return known;
    },
  })),
  inStanding(
    "a change that comes meanwhile is forgotten with the one before",
    "a change that comes while",
    (good, state) => ({
      settle: async (lease, changes) => {
        for (const { customerId } of changes) orgOf(state, lease.orgId).standing.changes.delete(customerId);
        await good.settle(lease, []);
      },
    }),
  ),
  inStanding("the newest change comes first", "a change that comes while", (good) => ({
    changes: async (lease, limit) => (await good.changes(lease, 1_000)).toReversed().slice(0, limit),
  })),
  inStanding("every sweep is a new one", "a sweep notes all", (good, state) => ({
    sweep: async (lease, slot) => {
      orgOf(state, lease.orgId).standing.sweptAt = undefined;
      return good.sweep(lease, slot);
    },
  })),
  inStanding(
    "an earlier word on a signal takes the later one's place",
    "what a score is made of",
    (good, state) => ({
      report: async (orgId, signals) => {
        for (const { customerId, signal } of signals)
          orgOf(state, orgId).standing.signals.get(customerId)?.delete(signal);
        await good.report(orgId, signals);
      },
    }),
  ),
  inStanding("everybody is active", "what a score is made of", (good) => ({
    healthInputs: async (...asked) =>
      (await good.healthInputs(...asked)).map((inputs) => ({ ...inputs, activePeople: inputs.people })),
  })),
  inStanding("scores are saved without a fence", "scores come with their history", (good, state) => ({
    saveHealth: (lease, ...rest) => good.saveHealth(forged(state, lease), ...rest),
  })),
  inStanding("every score is a line of history", "scores come with their history", (good, state) => ({
    saveHealth: async (lease, scores, notifications) => {
      for (const { customerId } of scores) orgOf(state, lease.orgId).standing.health.delete(customerId);
      await good.saveHealth(lease, scores, notifications);
    },
  })),
  inStanding("a fall is stored without its notification", "scores come with their history", (good) => ({
    saveHealth: (lease, scores) => good.saveHealth(lease, scores, []),
  })),
  inStanding("claims that say nothing of renewals are among them", "renewals are made of", (good) => ({
    renewalInputs: async (...asked) =>
      (await good.renewalInputs(...asked)).map((inputs) => ({
        ...inputs,
        claims: inputs.claims.map((claim) => ({ ...claim, fields: { ...claim.fields, industry: "Tools" } })),
      })),
  })),
  inStanding("a renewal's empty fields keep what stood there", "renewals are made of", (good, state) => ({
    saveRenewals: async (lease, renewals) => {
      const { renewals: kept } = orgOf(state, lease.orgId).standing;
      const merged = renewals.map((renewal) => ({
        ...renewal,
        renewalDate: renewal.renewalDate ?? kept.get(renewal.customerId)?.renewalDate,
      }));
      await good.saveRenewals(lease, merged);
    },
  })),
  inCustomers(
    "what the host said goes with who it was said of",
    "what the host said of a customer",
    (good, state) => ({
      reconcile: async (lease, limit) => {
        const done = await good.reconcile(lease, limit);
        orgOf(state, lease.orgId).standing.signals.clear();
        return done;
      },
    }),
  ),
  inCustomers("all of a context is replaced", "a customer's context is set", (good, state) => ({
    setContext: async (orgId, kind, id, entries) => {
      orgOf(state, orgId).standing.context.delete(id);
      await good.setContext(orgId, kind, id, entries);
    },
  })),
  inCustomers("the oldest of what counts comes first", "a customer's context is set", (good) => ({
    profile: async (orgId, kind, id) => {
      const profile = await good.profile(orgId, kind, id, 1_000);
      return (
        profile && {
          ...profile,
          things: { ...profile.things, deal: profile.things.deal.toReversed().slice(0, 2) },
        }
      );
    },
  })),
  inStanding("scores are found whatever the org", "T30 how one org's customers", (good, state) => ({
    health: async (_, kind, id) => {
      for (const orgId of state.orgs.keys()) {
        const found = await good.health(orgId, kind, id);
        if (found) return found;
      }
      return undefined;
    },
  })),
  inStanding(
    "a lease of one org opens the other's changes",
    "T30 how one org's customers",
    (good, state) => ({
      changes: (lease, limit) => good.changes(forged(state, lease), limit),
    }),
  ),
];
