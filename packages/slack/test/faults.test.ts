import { describe, expect, it } from "vitest";
import { orgId, slackWorld } from "./slack-world.ts";

const MINUTE = 60_000;

/** A channel of three pages of 200, and a thread, connected and mapped: its past is to be read. */
async function withPast() {
  const world = await slackWorld();
  const { id: channel } = world.channel("support");
  const { person, workspace } = world;
  const say = (text: string, threadTs?: string) =>
    workspace.post({ channel, user: person.id, text, ...(threadTs && { threadTs }) });
  const root = say("Who knows Fabrikam?");
  say("Everybody knows Fabrikam", root.ts);
  for (let i = 0; i < 450; i++) say(`Line ${i}`);
  await world.clock.advance(10 * MINUTE);
  const connection = await world.connect();
  await world.map(channel, connection.id);
  const run = async () => {
    const runs = await world.halo.runs.list(orgId, {});
    return runs.find(({ trigger }) => trigger === "connect");
  };
  const rows = async () => {
    const { stats } = await world.halo.detail(orgId, "slack");
    return stats.find(({ name }) => name === "Threads")?.value;
  };
  return { ...world, channel, connection, rows, run };
}

describe("reading a channel's past", () => {
  it("F27 sets one odd message aside, with its reason, and not the page", async () => {
    const world = await withPast();
    const effect = { type: "malformedRecord", how: "wrong-types", index: 3 } as const;
    world.emulator.faults.add({ match: { kind: "conversations.history", nth: 2 }, times: 1, effect });
    await world.work(2 * MINUTE);
    expect(await world.run()).toMatchObject({ status: "succeeded", counters: { quarantined: 1 } });
    expect(await world.rows()).toBe(450);
  });

  it.each(["no-id", "id-number", "bad-date", "not-an-object"] as const)(
    "F27 sets a message aside that is wrong by %s, and goes on",
    async (how) => {
      const world = await withPast();
      const effect = { type: "malformedRecord", how, index: 3 } as const;
      world.emulator.faults.add({ match: { kind: "conversations.history", nth: 1 }, times: 1, effect });
      await world.work(2 * MINUTE);
      expect(await world.run()).toMatchObject({ status: "succeeded", counters: { quarantined: 1 } });
    },
  );

  it("F29 begins a channel anew when Slack no longer takes its cursor", async () => {
    const world = await withPast();
    world.emulator.faults.add({
      match: { kind: "conversations.history", nth: 3 },
      times: 1,
      effect: { type: "expireCursor" },
    });
    await world.work(2 * MINUTE);
    expect(await world.run()).toMatchObject({ status: "succeeded" });
    expect(await world.rows()).toBe(451);
  });

  it("F28 stops where Slack goes in circles", async () => {
    const world = await withPast();
    world.emulator.faults.add({ match: { kind: "conversations.history" }, effect: { type: "repeatCursor" } });
    await world.work(2 * MINUTE);
    const { error, status } = (await world.run()) ?? {};
    expect({ status, code: error?.code }).toEqual({ status: "failed", code: "vendor_response_invalid" });
  });

  it.each([
    ["F20 a 429 with a minute to wait", { type: "status", status: 429, retryAfter: 60 }],
    ["F21 a 503", { type: "status", status: 503 }],
    ["F26 a proxy's page", { type: "html" }],
    ["F26 an answer cut short", { type: "truncate" }],
    [
      "ok: false that can pass",
      { type: "status", status: 200, body: { ok: false, error: "internal_error" } },
    ],
  ] as const)("goes on after %s", async (_, effect) => {
    const world = await withPast();
    for (const kind of ["conversations.history", "conversations.replies", "users.info", "conversations.info"])
      world.emulator.faults.add({ match: { kind }, times: 1, effect });
    await world.work(5 * MINUTE);
    expect(await world.run()).toMatchObject({ status: "succeeded" });
    expect(await world.rows()).toBe(451);
    expect(await world.find("Fabrikam")).toEqual([
      "Grace Hopper: Who knows Fabrikam?\n\nGrace Hopper: Everybody knows Fabrikam",
    ]);
  });

  it("F42 ends when the token dies in the middle of it, and goes on after a reconnect", async () => {
    const world = await withPast();
    world.emulator.faults.add({
      match: { kind: "conversations.history", nth: 2 },
      times: 1,
      effect: { type: "status", status: 200, body: { ok: false, error: "token_revoked" } },
    });
    await world.work(20_000);
    world.workspace.uninstall();
    await world.work(MINUTE);
    expect((await world.halo.connections.get(orgId, world.connection.id)).state).toBe("auth_error");
    world.workspace.join(world.channel, world.workspace.botUserId);
    await world.connect();
    await world.work(2 * MINUTE);
    expect(await world.rows()).toBe(451);
  });

  it("F20 a history that is refused keeps no message from being posted", async () => {
    const world = await withPast();
    const effect = { type: "status", status: 429, retryAfter: 600 } as const;
    world.emulator.faults.add({ match: { kind: "conversations.history" }, effect });
    await world.work(MINUTE);
    await world.halo.agents.setAction({
      orgId,
      agentId: "agent-customer_facing",
      action: "post_message",
      enabled: true,
    });
    const before = world.clock.now();
    const outcome = await world.clock.run(
      world.halo.actions.invoke({
        orgId,
        agentId: "agent-customer_facing",
        action: "post_message",
        input: { channel: world.channel, text: "Hi" },
        context: { conversationId: "c1" },
      }),
    );
    expect(outcome).toMatchObject({ status: "succeeded" });
    expect(world.clock.now() - before).toBeLessThan(10_000);
  });
});
