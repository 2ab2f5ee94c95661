import type { SegmentFilter } from "@halo/core";
import { knownPeople } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { fathomWorld, orgId, START, turns } from "./fathom-world.ts";

const DAY = 86_400_000;
const zoe = { name: "Zoë Client", email: "zoe@client.test", company: "Client" };
const bo = { name: "Bo Other", email: "bo@other.test", company: "Other" };
const both = [
  { id: "1", email: zoe.email, name: zoe.name },
  { id: "2", email: bo.email, name: bo.name },
];
const said = (words: string) => turns(["Ada", "Welcome to the call."], ["Guest", words]);

describe("whom a meeting of Fathom is about", () => {
  it("T33 one customer's session never finds what was said with another, nor with people nobody knows", async () => {
    const world = await fathomWorld({ beside: [knownPeople(both)] });
    world.account.record({ guests: [zoe], turns: said("The walrus discount is confirmed.") });
    world.account.record({ guests: [bo], turns: said("The narwhal migration has slipped.") });
    const stranger = { name: "Stranger", email: "new@prospect.test", company: "Prospect" };
    world.account.record({ guests: [stranger], turns: said("The okapi pilot is secret.") });
    world.account.record({ guests: [], turns: said("The axolotl outage was ours.") });
    await world.connectCrm();
    await world.connect();
    await world.work();
    const idOf = async (email: string) =>
      (await world.halo.customers.endUser(orgId, { email }))?.id ?? "nobody";
    const [one, other] = [await idOf(zoe.email), await idOf(bo.email)];
    const asks = async (word: string) => ({
      one: (await world.find(word, { kind: "customer", endUserId: one })).length,
      other: (await world.find(word, { kind: "customer", endUserId: other })).length,
      anybody: (await world.find(word, { kind: "general" })).length,
      staff: (await world.find(word)).length,
    });
    expect(await asks("walrus")).toEqual({ one: 1, other: 0, anybody: 0, staff: 1 });
    expect(await asks("narwhal")).toEqual({ one: 0, other: 1, anybody: 0, staff: 1 });
    expect(await asks("okapi")).toEqual({ one: 0, other: 0, anybody: 0, staff: 1 });
    expect(await asks("axolotl")).toEqual({ one: 0, other: 0, anybody: 0, staff: 1 });
  });

  it("is linked once its customer appears", async () => {
    const people: { id: string; email: string; name: string }[] = [];
    const world = await fathomWorld({ beside: [knownPeople(people)] });
    const { recordingId } = world.account.record({ guests: [zoe], turns: said("The walrus is ours.") });
    const { id: connectionId } = await world.connectCrm();
    await world.connect();
    await world.work();
    people.push({ id: "1", email: "ZOE@client.test", name: zoe.name });
    await world.halo.sync.start({ orgId, connectionId, mode: "catch_up" });
    await world.work();
    const endUser = await world.halo.customers.endUser(orgId, { email: zoe.email });
    expect((await world.meeting(recordingId))?.endUserIds).toEqual([endUser?.id]);
    expect(await world.find("walrus", { kind: "customer", endUserId: endUser?.id ?? "" })).toHaveLength(1);
  });

  it("counts in segments and in what an agent is told of them, with its recorder, its time and its length", async () => {
    const world = await fathomWorld({ beside: [knownPeople(both)] });
    const call = { title: "Renewal", guests: [zoe], durationMs: 45 * 60_000 };
    const { recordingId } = world.account.record({ ...call, startMs: START - 10 * DAY });
    world.account.record({ ...call, startMs: START - 20 * DAY });
    await world.connectCrm();
    await world.connect();
    await world.work();
    const { durationSeconds = 0, host } = (await world.meeting(recordingId)) ?? {};
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
    const lasted = { field: "duration_ms", operator: "is", value: durationSeconds * 1_000 } as const;
    expect(durationSeconds).toBeGreaterThan(30 * 60);
    expect(await fitting(lasted, 1)).toEqual([zoe.email]);
    expect(await fitting({ field: "at", operator: "in_last_days", value: 15 }, 1)).toEqual([zoe.email]);
    expect(await fitting({ field: "at", operator: "in_last_days", value: 15 }, 2)).toEqual([]);
    const { text } = await world.halo.customers.context({ orgId, email: zoe.email });
    expect(text).toMatch(/title Renewal, at 2026-08-23, duration_ms \d+, owner /);
    expect(text).toContain(`owner ${host?.name}`);
  });
});
