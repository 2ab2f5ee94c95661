import type { Segment, SegmentQuery, SegmentStore } from "../ports/segment-store.ts";
import { fits } from "../segments/evaluate.ts";
import { canonicalJson } from "../storable-json.ts";
import { factsOf, known } from "./facts.ts";
import { requireLease, wake } from "./leases.ts";
import { raiseIn } from "./notifications.ts";
import { isKnown, toCompany, toEndUser } from "./people.ts";
import type { Member } from "./standing-room.ts";
import { byText, type Customer, copy, type Org, orgOf, type State } from "./state.ts";

export function memorySegments(state: State): SegmentStore {
  const fitting = (org: Org, { kind, filter, now }: SegmentQuery): Customer[] =>
    known(org, kind)
      .filter((customer) => fits(filter, factsOf(state, org, customer), now))
      .sort((a, b) => byText(a.id, b.id));
  const wakeOrg = (orgId: string) => wake(state, { kind: "standing", orgId, subject: orgId });

  return {
    async upsert(wanted) {
      const { segments } = orgOf(state, wanted.orgId).standing;
      const before = segments.get(wanted.id);
      const same =
        before?.kind === wanted.kind && canonicalJson(before.filter) === canonicalJson(wanted.filter);
      const revision = (before?.revision ?? 0) + (same ? 0 : 1);
      const segment: Segment = copy({
        ...wanted,
        revision,
        createdAt: before?.createdAt ?? wanted.updatedAt,
      });
      segments.set(segment.id, segment);
      wakeOrg(wanted.orgId);
      return copy(segment);
    },

    async get(orgId, id) {
      const segment = orgOf(state, orgId).standing.segments.get(id);
      return segment && copy(segment);
    },

    async list(orgId) {
      const all = [...orgOf(state, orgId).standing.segments.values()];
      return copy(all.sort((a, b) => byText(a.name, b.name) || byText(a.id, b.id)));
    },

    async delete(orgId, id) {
      const { members, segments } = orgOf(state, orgId).standing;
      members.delete(id);
      return segments.delete(id);
    },

    async count(orgId, query) {
      return fitting(orgOf(state, orgId), query).length;
    },

    async customers(orgId, query, { after, limit }) {
      const org = orgOf(state, orgId);
      return fitting(org, query)
        .filter(({ id }) => after === undefined || id > after)
        .slice(0, limit)
        .map((one) => copy(one.kind === "end_user" ? toEndUser(org, one) : toCompany(org, one)));
    },

    async matching(orgId, query, ids) {
      const wanted = new Set(ids);
      return fitting(orgOf(state, orgId), query).flatMap(({ id }) => (wanted.has(id) ? [id] : []));
    },

    async refresh(lease, { id, revision }, query, only) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      const segment = org.standing.segments.get(id);
      if (segment?.revision !== revision) return { entered: 0, left: 0 };
      const now = new Set(fitting(org, query).map((customer) => customer.id));
      const filled = org.standing.members.get(id);
      if (filled?.revision !== revision) {
        const of = new Map([...now].map((customerId) => [customerId, baseline(query.now)] as const));
        org.standing.members.set(id, { revision, of });
        return { entered: 0, left: 0 };
      }
      const asked = only && new Set(only);
      const concerned = (customerId: string) => {
        if (asked === undefined || asked.has(customerId)) return true;
        const customer = org.customers.get(customerId);
        const companyId = customer?.kind === "end_user" ? toEndUser(org, customer).companyId : undefined;
        return companyId !== undefined && asked.has(companyId);
      };
      let entered = 0;
      let left = 0;
      for (const customerId of now) {
        const member = filled.of.get(customerId);
        if (member?.in || !concerned(customerId)) continue;
        const entry = (member?.entry ?? 0) + 1;
        filled.of.set(customerId, { in: true, entry, enteredAt: query.now, untold: segment.announce });
        entered++;
      }
      for (const [customerId, member] of filled.of) {
        if (!member.in || now.has(customerId) || !concerned(customerId)) continue;
        member.in = false;
        left++;
      }
      return { entered, left };
    },

    async filled(lease) {
      requireLease(state, lease);
      const { members, segments } = orgOf(state, lease.orgId).standing;
      const own = [...segments.values()].filter(({ id, revision }) => members.get(id)?.revision === revision);
      return new Set(own.map(({ id }) => id));
    },

    async members(orgId, id) {
      const members = orgOf(state, orgId).standing.members.get(id);
      return [...(members?.of.values() ?? [])].filter((member) => member.in).length;
    },

    async entries(lease, limit) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      const all = [...org.standing.members].flatMap(([segmentId, { of }]) =>
        [...of].flatMap(([customerId, { enteredAt, entry, untold }]) => {
          const customer = org.customers.get(customerId);
          if (!untold || !customer || !isKnown(customer)) return [];
          const user = customer.kind === "end_user" ? toEndUser(org, customer) : undefined;
          const owner = org.customers.get(user?.companyId ?? "");
          const company = customer.kind === "company" ? toCompany(org, customer) : undefined;
          const name = user?.name ?? company?.name;
          const about = { name, email: user?.email, domain: company?.domain };
          const employer = owner && toCompany(org, owner).name;
          return [
            { segmentId, kind: customer.kind, customerId, entry, enteredAt, ...about, company: employer },
          ];
        }),
      );
      return copy(
        all
          .sort((a, b) => a.enteredAt.getTime() - b.enteredAt.getTime() || byText(a.customerId, b.customerId))
          .slice(0, limit),
      );
    },

    async tell(lease, entries, notifications, at) {
      requireLease(state, lease);
      const org = orgOf(state, lease.orgId);
      raiseIn(state, org, notifications, at);
      for (const { customerId, entry, segmentId } of entries) {
        const member = org.standing.members.get(segmentId)?.of.get(customerId);
        if (member?.entry === entry) member.untold = false;
      }
    },
  };
}

/** Who fits a filter that is new did not start to: nobody is told. */
const baseline = (enteredAt: Date): Member => ({ in: true, entry: 0, enteredAt, untold: false });
