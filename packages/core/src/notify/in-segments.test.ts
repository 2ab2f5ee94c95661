import { describe, expect, it } from "vitest";
import { standingBench } from "../../test/standing-bench.ts";
import type { Json } from "../define/json.ts";
import type { NotificationType } from "../define/notification.ts";
import type { OutboxNotification, Subscription } from "../ports/notification-store.ts";
import { checkFilter, matches, type NotificationFilter } from "./filter.ts";
import { segmentsOfEvents } from "./in-segments.ts";

async function asked() {
  const bench = await standingBench();
  const { orgId } = bench;
  const acme = await bench.company("acme.test", { name: "Acme", industry: "Rockets" });
  const ada = await bench.person("ada@acme.test", { lifecycle_stage: "lead" }, { companyKey: "acme.test" });
  await bench.person("bob@acme.test", { lifecycle_stage: "customer" });
  const leads = await bench.segments.upsert({
    orgId,
    name: "Leads",
    kind: "end_user",
    filter: { field: "lifecycle_stage", operator: "is", value: "lead" },
  });
  const rockets = await bench.segments.upsert({
    orgId,
    name: "Rockets",
    kind: "company",
    filter: { field: "industry", operator: "is", value: "rockets" },
  });
  const wants = async (type: NotificationType, filter: NotificationFilter, event: Json) => {
    checkFilter(type, filter);
    const subscription = { enabled: true, type, filter: filter as unknown as Json } as Subscription;
    const notification = { orgId, type, key: "k", event } as OutboxNotification;
    const inSegment = await segmentsOfEvents(bench.engine, orgId, [subscription], [notification]);
    return matches(type, subscription.filter, event, inSegment(notification));
  };
  return { ...bench, acme, ada, leads: leads.id, rockets: rockets.id, wants };
}

const ticket = (email?: string): Json => ({
  ticketId: "t",
  subject: "Help",
  priority: "high",
  ...(email && { requester: { email } }),
});

describe("a filter that names a segment", () => {
  it("wants the events of its people, by the address in the event, and of its companies, by their people", async () => {
    const { leads, rockets, wants } = await asked();
    const of = (segment: string, operator: "is" | "is_not" = "is") => ({ segment, operator });
    expect(await wants("new_ticket", of(leads), ticket("ADA@acme.test"))).toBe(true);
    expect(await wants("new_ticket", of(leads), ticket("bob@acme.test"))).toBe(false);
    expect(await wants("new_ticket", of(leads, "is_not"), ticket("bob@acme.test"))).toBe(true);
    expect(await wants("new_ticket", of(rockets), ticket("ada@acme.test"))).toBe(true);
    expect(await wants("new_ticket", of(leads), ticket())).toBe(false);
    expect(await wants("new_ticket", of("gone"), ticket("ada@acme.test"))).toBe(false);
    expect(await wants("new_ticket", of("gone", "is_not"), ticket("ada@acme.test"))).toBe(true);
  });

  it("goes by the ids that an event tells, and together with other questions", async () => {
    const { acme, ada, leads, rockets, wants } = await asked();
    const drop = {
      companyId: acme,
      company: "Acme",
      from: 80,
      to: 20,
      fromTier: "healthy",
      toTier: "critical",
    };
    expect(await wants("health_score_drop", { segment: rockets, operator: "is" }, drop)).toBe(true);
    const match = { segmentId: "x", segment: "X", kind: "end_user", customerId: ada };
    expect(await wants("segment_match", { segment: leads, operator: "is" }, match)).toBe(true);
    const company = { ...match, kind: "company", customerId: acme };
    expect(await wants("segment_match", { segment: leads, operator: "is" }, company)).toBe(false);
    expect(await wants("segment_match", { segment: rockets, operator: "is" }, company)).toBe(true);
    const high: NotificationFilter = { field: "priority", operator: "is", value: "high" };
    const both: NotificationFilter = { all: [high, { any: [{ segment: leads, operator: "is" }] }] };
    expect(await wants("new_ticket", both, ticket("ada@acme.test"))).toBe(true);
  });

  it.each([
    { segment: "" },
    { segment: "x" },
    { segment: 3, operator: "is" },
    { segment: "x", operator: "in" },
  ])("refuses %j", (filter) => {
    expect(() => checkFilter("new_ticket", filter)).toThrow(
      expect.objectContaining({ code: "input_invalid" }),
    );
  });
});
