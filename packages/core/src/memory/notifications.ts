import { ValidationError } from "../errors.ts";
import type {
  KnowledgeGap,
  NewNotification,
  NotificationDelivery,
  NotificationStatus,
  NotificationStore,
  OutboxNotification,
  Subscription,
} from "../ports/notification-store.ts";
import type { PageCommit } from "../ports/page-store.ts";
import { requireLease, wake } from "./leases.ts";
import { byText, copy, type Org, orgOf, type State, tuple } from "./state.ts";

/** Puts into the outbox what is not there, and wakes the org's work for it. */
export function raiseIn(
  state: State,
  org: Org,
  notifications: readonly NewNotification[],
  at: Date,
): readonly boolean[] {
  const { outbox } = org.notifications;
  const raised = notifications.map((notification) => {
    const key = tuple(notification.type, notification.key);
    if (outbox.has(key)) return false;
    outbox.set(key, copy({ ...notification, orgId: org.id, createdAt: at, routedAt: undefined }));
    return true;
  });
  if (raised.includes(true)) wake(state, { kind: "notify", orgId: org.id, subject: org.id });
  return raised;
}

/** Of what a page tells, that of records which it stored for the first time, and which are still there. */
export function raisePage(state: State, org: Org, page: PageCommit, fresh: ReadonlySet<string>): void {
  const { connectionId, notifications = [], stream } = page;
  const rows = org.collections.get(connectionId)?.get(stream)?.rows;
  const isNew = ({ recordKey }: (typeof notifications)[number]) =>
    recordKey === undefined || (fresh.has(recordKey) && rows?.get(recordKey)?.deletedAt === undefined);
  const told = notifications
    .filter(isNew)
    .map(({ type, key, event }): NewNotification => ({ type, key, event, connectionId }));
  raiseIn(state, org, told, page.at);
}

const byTime = <T extends { readonly id: string }>(timeOf: (one: T) => Date) => {
  return (a: T, b: T) => timeOf(a).getTime() - timeOf(b).getTime() || byText(a.id, b.id);
};
const oldestFirst = byTime<NotificationDelivery>(({ createdAt }) => createdAt);

export function memoryNotifications(state: State): NotificationStore {
  const room = (orgId: string) => orgOf(state, orgId).notifications;
  const fenced = (lease: Parameters<NotificationStore["unrouted"]>[0]) => {
    requireLease(state, lease);
    return room(lease.orgId);
  };
  const wakeOrg = (orgId: string) => wake(state, { kind: "notify", orgId, subject: orgId });
  const isOpen = ({ status }: NotificationDelivery) => status === "pending" || status === "sending";

  const gapsSince = (orgId: string, since: Date): KnowledgeGap[] => {
    const { questions } = room(orgId);
    const asked = [...questions.values()]
      .filter(({ askedAt }) => askedAt >= since)
      .sort(byTime((q) => q.askedAt));
    return [...new Set(asked.flatMap(({ gapId }) => gapId ?? []))].flatMap((id) => {
      const first = questions.get(id);
      const own = asked.filter(({ gapId }) => gapId === id);
      if (!first) return [];
      const { query, terms, raisedAt } = first;
      const examples = [...new Set(own.map((one) => one.query).reverse())].slice(0, 5);
      return [{ id, query, terms, raisedAt, times: own.length, examples }];
    });
  };

  return {
    async subscribe(subscription) {
      room(subscription.orgId).subscriptions.set(subscription.id, copy(subscription));
      wakeOrg(subscription.orgId);
    },

    async changeSubscription(orgId, id, change) {
      const { subscriptions } = room(orgId);
      const known = subscriptions.get(id);
      if (known === undefined)
        throw new ValidationError("The organisation has no such subscription: list its subscriptions.", {
          code: "not_found",
          path: "id",
          reason: "unknown",
        });
      const changed: Subscription = copy({ ...known, ...change });
      subscriptions.set(id, changed);
      wakeOrg(orgId);
      return copy(changed);
    },

    async unsubscribe(orgId, id) {
      return room(orgId).subscriptions.delete(id);
    },

    async subscription(orgId, id) {
      return copy(room(orgId).subscriptions.get(id));
    },

    async subscriptions(orgId) {
      return copy([...room(orgId).subscriptions.values()].sort(byTime(({ createdAt }) => createdAt)));
    },

    async raise(orgId, notifications, at) {
      return raiseIn(state, orgOf(state, orgId), notifications, at);
    },

    async wasRaised(orgId, type, key) {
      return room(orgId).outbox.has(tuple(type, key));
    },

    async unrouted(lease, limit) {
      const waiting = [...fenced(lease).outbox.values()].filter(({ routedAt }) => routedAt === undefined);
      waiting.sort(
        (a, b) =>
          a.createdAt.getTime() - b.createdAt.getTime() || byText(a.type, b.type) || byText(a.key, b.key),
      );
      return copy(waiting.slice(0, limit).map(({ routedAt: _, ...notification }) => notification));
    },

    async route(lease, routed, at) {
      const { outbox, deliveries } = fenced(lease);
      for (const { type, key, event, deliveries: wanted } of routed) {
        const name = tuple(type, key);
        const raised = outbox.get(name);
        if (raised === undefined || raised.routedAt !== undefined) continue;
        const notification = { ...raised, ...(event !== undefined && { event: copy(event) }), routedAt: at };
        outbox.set(name, notification);
        for (const one of wanted)
          deliveries.set(
            one.id,
            copy({
              ...one,
              orgId: lease.orgId,
              type,
              key,
              event: notification.event,
              sourceConnectionId: notification.connectionId,
              createdAt: at,
              attempts: 0,
              attemptedAt: undefined,
              nextAttemptAt: undefined,
              ref: undefined,
              reason: one.reason,
              settledAt: one.status === "suppressed" ? at : undefined,
            }),
          );
      }
    },

    async coolDowns(lease, pairs) {
      const all = [...fenced(lease).deliveries.values()];
      return pairs.map(({ subscriptionId, subject }) => {
        const own = all.filter((one) => one.subscriptionId === subscriptionId && one.subject === subject);
        const last = own
          .filter(({ status }) => isOpenOrSent(status))
          .sort(oldestFirst)
          .at(-1)?.createdAt;
        const held = own.filter(
          ({ reason, createdAt }) => reason === "cool_down" && (last === undefined || createdAt >= last),
        );
        return { lastAt: last, held: held.length };
      });
    },

    async waiting(lease, { perTarget, patience, now }) {
      const behind = (one: NotificationDelivery) =>
        one.attempts >= patience && one.nextAttemptAt !== undefined && one.nextAttemptAt > now;
      const open = [...fenced(lease).deliveries.values()]
        .filter(isOpen)
        .sort((a, b) => Number(behind(a)) - Number(behind(b)) || oldestFirst(a, b));
      const taken = new Map<string, number>();
      return copy(
        open.filter(({ sink, target }) => {
          const place = tuple(sink, target);
          const count = (taken.get(place) ?? 0) + 1;
          taken.set(place, count);
          return count <= perTarget;
        }),
      );
    },

    async lastAttempts(lease, since) {
      const last = new Map<string, { sink: string; target: string; at: Date }>();
      for (const { sink, target, attemptedAt } of fenced(lease).deliveries.values()) {
        if (attemptedAt === undefined || attemptedAt < since) continue;
        const known = last.get(tuple(sink, target));
        if (!known || known.at < attemptedAt)
          last.set(tuple(sink, target), { sink, target, at: new Date(attemptedAt) });
      }
      return [...last.values()];
    },

    async begin(lease, id, at) {
      const delivery = fenced(lease).deliveries.get(id);
      if (delivery === undefined || !isOpen(delivery)) return;
      delivery.status = "sending";
      delivery.attempts++;
      delivery.attemptedAt = at;
      delivery.nextAttemptAt = undefined;
    },

    async settle(lease, { id, status, attempts, attemptedAt, nextAttemptAt, ref, reason }, at) {
      const delivery = fenced(lease).deliveries.get(id);
      if (delivery === undefined || !isOpen(delivery)) return;
      Object.assign(delivery, { status, attempts, nextAttemptAt, ref, reason });
      if (attemptedAt) delivery.attemptedAt = attemptedAt;
      delivery.settledAt = isOpen(delivery) ? undefined : at;
    },

    async delivery(orgId, id) {
      return copy(room(orgId).deliveries.get(id));
    },

    async lastRef(orgId, subscriptionId, subject) {
      const sent = [...room(orgId).deliveries.values()].filter(
        (one) =>
          one.subscriptionId === subscriptionId &&
          one.subject === subject &&
          one.status === "sent" &&
          one.ref,
      );
      return sent.sort(oldestFirst).at(-1)?.ref;
    },

    async deliveries(orgId, { subscriptionId, type, status, limit = 100 }) {
      const chosen = [...room(orgId).deliveries.values()].filter(
        (one) =>
          (subscriptionId === undefined || one.subscriptionId === subscriptionId) &&
          (type === undefined || one.type === type) &&
          (status === undefined || one.status === status),
      );
      return copy(chosen.sort((a, b) => oldestFirst(b, a)).slice(0, limit));
    },

    async counts(orgId, sink, connectionId) {
      const counts: Record<NotificationStatus, number> = {
        pending: 0,
        sending: 0,
        sent: 0,
        suppressed: 0,
        dead: 0,
      };
      for (const one of room(orgId).deliveries.values()) {
        const its =
          one.connectionId === undefined || connectionId === undefined || one.connectionId === connectionId;
        if (one.sink === sink && its) counts[one.status]++;
      }
      return counts;
    },

    async retry(orgId, ids, at) {
      let count = 0;
      for (const id of new Set(ids)) {
        const delivery = room(orgId).deliveries.get(id);
        if (delivery === undefined || (delivery.status !== "dead" && delivery.status !== "suppressed"))
          continue;
        delivery.status = delivery.attemptedAt === undefined ? "pending" : "sending";
        Object.assign(delivery, { attempts: 0, nextAttemptAt: at, reason: undefined, settledAt: undefined });
        count++;
      }
      if (count > 0) wakeOrg(orgId);
      return count;
    },

    async digest(lease, { subscriptionId, slot, notification }, at) {
      const { subscriptions } = fenced(lease);
      const subscription = subscriptions.get(subscriptionId);
      if (subscription === undefined || (subscription.digestedAt ?? new Date(0)) >= slot) return false;
      subscriptions.set(subscriptionId, { ...subscription, digestedAt: slot });
      raiseIn(state, orgOf(state, lease.orgId), [notification], at);
      return true;
    },

    async digestFacts(orgId, { from, to }) {
      const org = orgOf(state, orgId);
      const within = (at: Date | undefined) => at !== undefined && at > from && at <= to;
      const counts = new Map<OutboxNotification["type"], number>();
      for (const { type, createdAt } of org.notifications.outbox.values())
        if (within(createdAt)) counts.set(type, (counts.get(type) ?? 0) + 1);
      const failed = new Map<string, { -readonly [k in keyof Failed]: Failed[k] }>();
      const runs = [...org.runs.values()].map(({ run }) => run);
      runs.sort((a, b) => (a.finishedAt?.getTime() ?? 0) - (b.finishedAt?.getTime() ?? 0));
      for (const { connectionId, integration, stream, status, finishedAt, error } of runs) {
        if (status !== "failed" || !within(finishedAt)) continue;
        const key = tuple(connectionId, stream);
        const failures = (failed.get(key)?.failures ?? 0) + 1;
        failed.set(key, { connectionId, integration, stream, failures, code: error?.code ?? "failed" });
      }
      const made = [...org.customers.values()].filter(({ createdAt }) => within(createdAt));
      const calls = [...org.calls.values()].filter(
        (call) => call.state === "succeeded" && within(call.endedAt),
      );
      return {
        notifications: [...counts]
          .map(([type, count]) => ({ type, count }))
          .sort((a, b) => b.count - a.count || byText(a.type, b.type)),
        failedSyncs: [...failed.values()].sort(
          (a, b) =>
            b.failures - a.failures || byText(a.connectionId, b.connectionId) || byText(a.stream, b.stream),
        ),
        newEndUsers: made.filter(({ kind }) => kind === "end_user").length,
        newCompanies: made.filter(({ kind }) => kind === "company").length,
        actions: calls.length,
      };
    },

    async unanswered(orgId, question) {
      room(orgId).questions.set(question.id, copy({ ...question, gapId: undefined }));
      wakeOrg(orgId);
    },

    async questions(lease, { since, limit }) {
      const { questions } = fenced(lease);
      const ungrouped = [...questions.values()]
        .filter(({ gapId }) => gapId === undefined)
        .sort(byTime(({ askedAt }) => askedAt))
        .slice(0, limit)
        .map(({ gapId: _, raisedAt: __, ...question }) => question);
      return copy({ ungrouped, gaps: gapsSince(lease.orgId, since) });
    },

    async group(lease, grouped, raised, at) {
      const { questions } = fenced(lease);
      for (const { questionId, gapId } of grouped) {
        const question = questions.get(questionId);
        if (question) question.gapId = gapId;
      }
      for (const { gapId, notification } of raised) {
        const first = questions.get(gapId);
        if (first) first.raisedAt = at;
        raiseIn(state, orgOf(state, lease.orgId), [notification], at);
      }
    },

    async gaps(orgId, since, limit) {
      const gaps = gapsSince(orgId, since).sort((a, b) => b.times - a.times || byText(a.id, b.id));
      return copy(gaps.slice(0, limit));
    },

    async purge(before) {
      let gone = 0;
      for (const { notifications } of state.orgs.values()) {
        const { outbox, deliveries, questions } = notifications;
        for (const [id, { settledAt }] of deliveries)
          if (settledAt !== undefined && settledAt < before && deliveries.delete(id)) gone++;
        for (const [id, { askedAt }] of questions) if (askedAt < before && questions.delete(id)) gone++;
        for (const [key, one] of outbox)
          if (one.routedAt !== undefined && one.routedAt < before) outbox.set(key, { ...one, event: null });
      }
      return gone;
    },
  };
}

const isOpenOrSent = (status: NotificationStatus) => status !== "suppressed" && status !== "dead";

type Failed = Awaited<ReturnType<NotificationStore["digestFacts"]>>["failedSyncs"][number];
