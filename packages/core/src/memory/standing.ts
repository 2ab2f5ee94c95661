import { isRenewalField } from "../customers/renewal-fields.ts";
import type { CustomerKind } from "../define/customer.ts";
import type { HealthInputs, RenewalInputs, StandingStore } from "../ports/standing-store.ts";
import { factsOf, known, note, peopleOf } from "./facts.ts";
import { requireLease, wake } from "./leases.ts";
import { raiseIn } from "./notifications.ts";
import { customerOf, isKnown, liveClaims, toCompany } from "./people.ts";
import { byText, type Customer, copy, type Org, orgOf, type State } from "./state.ts";

export function memoryStanding(state: State): StandingStore {
  const wakeOrg = (orgId: string) => wake(state, { kind: "standing", orgId, subject: orgId });
  const fenced = (lease: Parameters<StandingStore["changes"]>[0]): Org => {
    requireLease(state, lease);
    return orgOf(state, lease.orgId);
  };
  const wanted = (org: Org, kind: CustomerKind, ids: readonly string[]): Customer[] =>
    ids
      .flatMap((id) => {
        const customer = customerOf(org, kind, id);
        return customer?.id === id && isKnown(customer) ? [customer] : [];
      })
      .sort((a, b) => byText(a.id, b.id));
  const noteAll = (org: Org) => {
    for (const { id } of [...known(org, "end_user"), ...known(org, "company")]) note(state, org, id);
  };

  return {
    async settings(orgId, topic) {
      return copy(orgOf(state, orgId).standing.settings.get(topic));
    },

    async setSettings(orgId, topic, settings) {
      const org = orgOf(state, orgId);
      const { standing } = org;
      if (settings !== null) standing.settings.set(topic, copy(settings));
      else {
        standing.settings.delete(topic);
        if (topic === "renewals") standing.renewals.clear();
        else {
          standing.health.clear();
          standing.history.clear();
        }
      }
      noteAll(org);
      wakeOrg(orgId);
    },

    async report(orgId, signals) {
      const org = orgOf(state, orgId);
      for (const { at, customerId, kind, signal, value } of signals) {
        const [customer] = wanted(org, kind, [customerId]);
        if (!customer) continue;
        const own = org.standing.signals.get(customerId) ?? new Map();
        org.standing.signals.set(customerId, own);
        const before = own.get(signal);
        if (before !== undefined && before.at > at) continue;
        if (value === null) own.delete(signal);
        else own.set(signal, copy({ value, at }));
        if (org.standing.settings.has("health")) note(state, org, customerId);
      }
    },

    async changes(lease, limit) {
      const org = fenced(lease);
      return copy([...org.standing.changes.values()].slice(0, limit));
    },

    async settle(lease, changes) {
      const org = fenced(lease);
      for (const { customerId, seq } of changes)
        if (org.standing.changes.get(customerId)?.seq === seq) org.standing.changes.delete(customerId);
    },

    async sweep(lease, slot) {
      const org = fenced(lease);
      const { sweptAt } = org.standing;
      if (sweptAt !== undefined && sweptAt >= slot) return false;
      org.standing.sweptAt = copy(slot);
      noteAll(org);
      return true;
    },

    async healthInputs(lease, kind, ids, since) {
      const org = fenced(lease);
      return wanted(org, kind, ids).map((customer): HealthInputs => {
        const { fields } = factsOf(state, org, customer, false);
        const people = kind === "company" ? peopleOf(org, customer.id) : [customer];
        const seen = people.flatMap(({ id }) => org.standing.seen.get(id) ?? []);
        const previous = org.standing.health.get(customer.id);
        const text = (value: unknown) => (typeof value === "string" ? value : undefined);
        return copy({
          kind,
          customerId: customer.id,
          name: text(fields["name"]) ?? text(fields["domain"]) ?? text(fields["email"]),
          people: people.length,
          activePeople: seen.filter(({ last }) => last >= since).length,
          lastSeen: fields["last_seen"] instanceof Date ? fields["last_seen"] : undefined,
          subscriptionStatus: text(fields["subscription_status"]),
          delinquent: typeof fields["delinquent"] === "boolean" ? fields["delinquent"] : undefined,
          reported: Object.fromEntries(org.standing.signals.get(customer.id) ?? []),
          previous: previous && { score: previous.score, tier: previous.tier, falls: previous.falls },
        });
      });
    },

    async saveHealth(lease, scores, notifications) {
      const org = fenced(lease);
      const { health, history } = org.standing;
      for (const score of scores) {
        if (wanted(org, score.kind, [score.customerId]).length === 0) continue;
        const before = health.get(score.customerId);
        health.set(score.customerId, copy(score));
        if (before !== undefined && before.score === score.score && before.tier === score.tier) continue;
        history.set(score.customerId, [copy(score), ...(history.get(score.customerId) ?? [])]);
      }
      const at = scores[0]?.computedAt ?? new Date(state.clock.now());
      raiseIn(state, org, notifications, at);
    },

    async health(orgId, kind, id) {
      const score = orgOf(state, orgId).standing.health.get(id);
      return score?.kind === kind ? copy(score) : undefined;
    },

    async purge(before) {
      let gone = 0;
      for (const { standing } of state.orgs.values())
        for (const [id, lines] of standing.history) {
          const kept = lines.filter(({ computedAt }) => computedAt >= before);
          gone += lines.length - kept.length;
          standing.history.set(id, kept);
        }
      return gone;
    },

    async healthHistory(orgId, kind, id, limit) {
      const lines = orgOf(state, orgId).standing.history.get(id) ?? [];
      return copy(lines.filter((line) => line.kind === kind).slice(0, limit));
    },

    async renewalInputs(lease, kind, ids) {
      const org = fenced(lease);
      return wanted(org, kind, ids).map((customer): RenewalInputs => {
        const company = kind === "company" ? toCompany(org, customer) : undefined;
        const claims = liveClaims(customer).map(({ claim, row }) => ({
          source: claim.source,
          rank: claim.rank,
          updatedAt: new Date(row.version[0]),
          fields: Object.fromEntries(Object.entries(claim.fields).filter(([field]) => isRenewalField(field))),
        }));
        const typed = [...customer.manual].filter(([field]) => isRenewalField(field));
        const manual = {
          source: "manual",
          rank: 2_147_483_647,
          updatedAt: new Date(Math.max(0, ...typed.map(([, { at }]) => at.getTime()))),
          fields: Object.fromEntries(typed.map(([field, { value }]) => [field, value])),
        };
        const all = typed.length > 0 ? [manual, ...claims] : claims;
        return copy({
          kind,
          customerId: customer.id,
          claims: all.filter(({ fields }) => Object.keys(fields).length > 0),
          healthScore: org.standing.health.get(customer.id)?.score,
          employeeCount: company?.employeeCount,
          revenue: company?.revenue,
        });
      });
    },

    async saveRenewals(lease, renewals) {
      const org = fenced(lease);
      for (const renewal of renewals)
        if (wanted(org, renewal.kind, [renewal.customerId]).length > 0)
          org.standing.renewals.set(renewal.customerId, copy(renewal));
    },

    async renewal(orgId, kind, id) {
      const renewal = orgOf(state, orgId).standing.renewals.get(id);
      return renewal?.kind === kind ? copy(renewal) : undefined;
    },
  };
}
