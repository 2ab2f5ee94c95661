import type { NotificationStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import {
  begin,
  countDeliveries,
  lastAttempts,
  lastRef,
  listDeliveries,
  readDelivery,
  retry,
  settle,
  waiting,
} from "./deliveries.ts";
import { digest, digestFacts } from "./digests.ts";
import { gaps, group, questions, unanswered } from "./knowledge-gaps.ts";
import { coolDowns, raiseIn, route, unrouted, wasRaised } from "./outbox.ts";
import { purge } from "./purge.ts";
import { changeSubscription, readSubscriptions, subscribe, unsubscribe } from "./subscriptions.ts";

export function notificationStore(door: Door): NotificationStore {
  return {
    subscribe: (subscription) => subscribe(door, subscription),
    changeSubscription: (orgId, id, change) => changeSubscription(door, orgId, id, change),
    unsubscribe: (orgId, id) => unsubscribe(door, orgId, id),
    subscription: async (orgId, id) => (await readSubscriptions(door, orgId, id))[0],
    subscriptions: (orgId) => readSubscriptions(door, orgId),
    raise: (orgId, notifications, at) => door.inOrg(orgId, (tx) => raiseIn(tx, orgId, notifications, at)),
    wasRaised: (orgId, type, key) => wasRaised(door, orgId, type, key),
    unrouted: (lease, limit) => unrouted(door, lease, limit),
    route: (lease, routed, at) => route(door, lease, routed, at),
    coolDowns: (lease, pairs) => coolDowns(door, lease, pairs),
    waiting: (lease, request) => waiting(door, lease, request),
    lastAttempts: (lease, since) => lastAttempts(door, lease, since),
    begin: (lease, id, at) => begin(door, lease, id, at),
    settle: (lease, outcome, at) => settle(door, lease, outcome, at),
    delivery: (orgId, id) => readDelivery(door, orgId, id),
    lastRef: (orgId, subscriptionId, subject) => lastRef(door, orgId, subscriptionId, subject),
    deliveries: (orgId, filter) => listDeliveries(door, orgId, filter),
    counts: (orgId, sink, connectionId) => countDeliveries(door, orgId, sink, connectionId),
    retry: (orgId, ids, at) => retry(door, orgId, ids, at),
    digest: (lease, request, at) => digest(door, lease, request, at),
    digestFacts: (orgId, span) => digestFacts(door, orgId, span),
    unanswered: (orgId, question) => unanswered(door, orgId, question),
    questions: (lease, request) => questions(door, lease, request),
    group: (lease, grouped, raised, at) => group(door, lease, grouped, raised, at),
    gaps: (orgId, since, limit) => gaps(door, orgId, since, limit),
    purge: (before) => purge(door, before),
  };
}
