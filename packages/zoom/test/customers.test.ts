import type { SegmentFilter } from "@halo/core";
import { type KnownPerson, knownPeople } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { orgId, START, vtt, type ZoomWorld, zoomWorld } from "./zoom-world.ts";

const DAY = 86_400_000;
const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const bo = { name: "Bo Other", email: "bo@other.test", company: "Other" };
const guest = { name: "Guest", email: undefined, company: "Unknown" };
const transcriptOf = (words: string) => vtt(["Ada", "Welcome to the call."], ["Guest", words]);

const both = [
  { id: "1", email: zoe.email, name: zoe.name },
  { id: "2", email: bo.email, name: bo.name },
];

const worldWith = (people: readonly KnownPerson[]) => zoomWorld({ beside: [knownPeople(people)] });

async function idsOf({ halo }: ZoomWorld, email: string, domain: string) {
  const person = await halo.customers.endUser(orgId, { email });
  const company = await halo.customers.company(orgId, { domain });
  return { endUserId: person?.id ?? "nobody", companyId: company?.id ?? "nobody" };
}

describe("whom a meeting is about", () => {
  it("T33 one customer's session never finds what was said with another, nor with people nobody knows", async () => {
    const world = await worldWith(both);
    world.hold({ guests: [zoe], vtt: transcriptOf("The walrus discount is confirmed.") });
    world.hold({ guests: [bo], vtt: transcriptOf("The narwhal migration has slipped.") });
    world.hold({
      guests: [{ ...zoe, email: "new@prospect.test" }],
      vtt: transcriptOf("The okapi pilot is secret."),
    });
    world.hold({ guests: [guest], vtt: transcriptOf("The axolotl outage was ours.") });
    await world.connectCrm();
    await world.connect();
    await world.work();
    const one = await idsOf(world, zoe.email, "client.test");
    const other = await idsOf(world, bo.email, "other.test");
    const asks = async (word: string) => ({
      one: (await world.find(word, { kind: "customer", ...one })).length,
      colleague: (await world.find(word, { kind: "customer", companyId: one.companyId })).length,
      other: (await world.find(word, { kind: "customer", ...other })).length,
      anybody: (await world.find(word, { kind: "general" })).length,
      staff: (await world.find(word)).length,
    });
    expect(await asks("walrus")).toEqual({ one: 1, colleague: 1, other: 0, anybody: 0, staff: 1 });
    expect(await asks("narwhal")).toEqual({ one: 0, colleague: 0, other: 1, anybody: 0, staff: 1 });
    const nobody = { one: 0, colleague: 0, other: 0, anybody: 0, staff: 1 };
    expect(await asks("okapi")).toEqual(nobody);
    expect(await asks("axolotl")).toEqual(nobody);
  });

  it("is linked once its customer appears", async () => {
    const people: KnownPerson[] = [];
    const world = await worldWith(people);
    const { uuid } = world.hold({ guests: [zoe], vtt: transcriptOf("The walrus discount is confirmed.") });
    const crmConnection = await world.connectCrm();
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.endUserIds).toEqual([]);
    people.push({ id: "1", email: "Zoe@Client.test", name: zoe.name });
    await world.halo.sync.start({ orgId, connectionId: crmConnection.id, mode: "catch_up" });
    await world.work();
    const { companyId, endUserId } = await idsOf(world, zoe.email, "client.test");
    expect(await world.meeting(uuid)).toMatchObject({ endUserIds: [endUserId], companyIds: [companyId] });
    expect(await world.find("walrus", { kind: "customer", endUserId })).toHaveLength(1);
    expect(await world.find("walrus", { kind: "customer", companyId })).toHaveLength(1);
    const { stats } = await world.halo.detail(orgId, "zoom");
    expect(stats).toContainEqual({ name: "Linked meetings", value: 1 });
    expect(await world.halo.meetings.list(orgId, { companyId })).toHaveLength(1);
  });

  it("counts in segments and in what an agent is told of them, with its host, its time and its length", async () => {
    const world = await worldWith(both);
    const call = { topic: "Renewal", guests: [zoe], durationMs: 45 * 60_000 };
    const { uuid } = world.hold({ ...call, startMs: START - 10 * DAY });
    world.hold({ ...call, startMs: START - 20 * DAY });
    await world.connectCrm();
    await world.connect();
    await world.work();
    const { host } = (await world.meeting(uuid)) ?? {};
    const fitting = async (where: SegmentFilter, atLeast: number) => {
      const filter = { has: "meeting", atLeast, where } as const;
      const { customers } = await world.halo.segments.customers({ orgId, kind: "end_user", filter });
      return customers.map((one) => ("email" in one ? one.email : undefined));
    };
    expect(host?.name).toMatch(/./);
    expect(await fitting({ field: "title", operator: "is", value: "Renewal" }, 2)).toEqual([zoe.email]);
    expect(await fitting({ field: "title", operator: "is", value: "Renewal" }, 3)).toEqual([]);
    expect(await fitting({ field: "owner", operator: "is", value: host?.name ?? "" }, 1)).toEqual([
      zoe.email,
    ]);
    expect(await fitting({ field: "duration_ms", operator: "is", value: call.durationMs }, 2)).toEqual([
      zoe.email,
    ]);
    expect(await fitting({ field: "at", operator: "in_last_days", value: 15 }, 1)).toEqual([zoe.email]);
    expect(await fitting({ field: "at", operator: "in_last_days", value: 15 }, 2)).toEqual([]);
    const { text } = await world.halo.customers.context({ orgId, email: zoe.email });
    expect(text).toContain(
      `title Renewal, at 2026-08-23, duration_ms ${call.durationMs}, owner ${host?.name}`,
    );
  });

  it("is no sighting: who was in it has no last_seen of it, and no health score of activity", async () => {
    const world = await worldWith(both);
    await world.halo.health.configure(orgId, { statuses: null, entity: "both" });
    world.hold({ guests: [zoe] });
    await world.connectCrm();
    await world.connect();
    await world.work();
    const { companyId, endUserId } = await idsOf(world, zoe.email, "client.test");
    for (const [kind, id] of [
      ["end_user", endUserId],
      ["company", companyId],
    ] as const)
      expect(await world.halo.health.get(orgId, kind, id)).toMatchObject({
        reason: "no_signals",
        signals: {},
      });
  });

  it("is nobody who is of the host's own domain, whatever Zoom says of them", async () => {
    const world = await worldWith([]);
    const [owner] = [...world.account.account.users.values()];
    const colleague = { name: "Cy Colleague", email: `cy@${owner?.email.split("@")[1]}`, company: "Acme" };
    const { uuid } = world.hold({ guests: [colleague], vtt: transcriptOf("The walrus is ours.") });
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.participants.every(({ internal }) => internal)).toBe(true);
    expect(await world.find("walrus", { kind: "general" })).toEqual([]);
    expect(await world.find("walrus")).toHaveLength(1);
  });

  it("is nobody of the domains that the setting names; a setting that comes later counts at the next resync", async () => {
    const world = await worldWith([{ id: "1", email: zoe.email, name: zoe.name }]);
    const { uuid } = world.hold({ guests: [zoe, bo], vtt: transcriptOf("The walrus is ours.") });
    await world.connectCrm();
    const { id } = await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.endUserIds).toHaveLength(1);
    await world.halo.connections.setSettings(orgId, id, { own_domains: ["@Client.test"] });
    await world.halo.sync.start({ orgId, connectionId: id, mode: "full_resync" });
    await world.work();
    const meeting = await world.meeting(uuid);
    expect(meeting?.endUserIds).toEqual([]);
    expect(meeting?.participants).toContainEqual({ name: zoe.name, email: zoe.email, internal: true });
    expect(meeting?.participants).toContainEqual({ name: bo.name, email: bo.email, internal: false });
    const { endUserId } = await idsOf(world, zoe.email, "client.test");
    expect(await world.find("walrus", { kind: "customer", endUserId })).toEqual([]);
  });

  it("is a person of a free-mail domain alone, and no company", async () => {
    const world = await worldWith([]);
    const free = { name: "Fred Free", email: "fred@gmail.com", company: "" };
    const { uuid } = world.hold({ guests: [free], vtt: transcriptOf("The walrus is mine.") });
    await world.connect();
    await world.work();
    expect((await world.meeting(uuid))?.participants).toContainEqual({
      name: free.name,
      email: free.email,
      internal: false,
    });
    expect(await world.find("walrus", { kind: "general" })).toEqual([]);
  });
});
