import { normaliseEmail } from "../customers/email.ts";
import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import type { OutboxNotification, Subscription } from "../ports/notification-store.ts";
import { segmentsNamed } from "./filter.ts";
import { personField } from "./type-facts.ts";

type InSegment = (segmentId: string) => boolean;

const nowhere: InSegment = () => false;

/** In which of the segments that subscriptions name the customers of events are now; asked only if any names one. */
export async function segmentsOfEvents(
  engine: Engine,
  orgId: string,
  subscriptions: readonly Subscription[],
  notifications: readonly OutboxNotification[],
): Promise<(notification: OutboxNotification) => InSegment> {
  const named = new Set(
    subscriptions.flatMap(({ enabled, filter }) => (enabled ? [...segmentsNamed(filter)] : [])),
  );
  if (named.size === 0) return () => nowhere;
  const { segments } = engine.storage;
  const known = (await segments.list(orgId)).filter(({ id }) => named.has(id));
  const about = new Map<OutboxNotification, { readonly [kind in CustomerKind]: string | undefined }>();
  for (const notification of notifications)
    about.set(notification, await customersOf(engine, orgId, notification));
  const inside = new Map<string, ReadonlySet<string>>();
  for (const { filter, id, kind } of known) {
    const ids = [...new Set([...about.values()].flatMap((who) => who[kind] ?? []))];
    const query = { kind, filter, now: new Date(engine.clock.now()) };
    inside.set(id, new Set(await segments.matching(orgId, query, ids)));
  }
  return (notification) => (segmentId) => {
    const who = about.get(notification);
    const fitting = inside.get(segmentId);
    return [who?.end_user, who?.company].some((id) => id !== undefined && fitting?.has(id) === true);
  };
}

/** By the ids that an event tells, or else by the address of the person it names. */
async function customersOf(
  { storage }: Engine,
  orgId: string,
  { event, type }: OutboxNotification,
): Promise<{ readonly [kind in CustomerKind]: string | undefined }> {
  const of = fieldsOf(event);
  const text = (value: Json | undefined) => (typeof value === "string" ? value : undefined);
  const id = text(of["customerId"]);
  if (id !== undefined && of["kind"] === "company") return { end_user: undefined, company: id };
  const companyId = text(of["companyId"]);
  const said = fieldsOf(of[personField(type) ?? "customer"])["email"];
  const email = normaliseEmail(text(said));
  const by = id !== undefined ? { id } : email === undefined ? undefined : { email };
  const person = by && (await storage.customers.endUser(orgId, by));
  return { end_user: person?.id, company: companyId ?? person?.companyId };
}

function fieldsOf(value: Json | undefined): { readonly [field: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [field: string]: Json })
    : {};
}
