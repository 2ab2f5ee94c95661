import { createVendorHttp, fixedAuthorization, type SinkRequest, silentLogger } from "@halo/core";
import { notificationSinkContract } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { API_ORIGIN, http } from "../src/http.ts";
import { sink } from "../src/sink.ts";
import { ALL_SCOPES, orgId, slackWorld } from "./slack-world.ts";

const MINUTE = 60_000;

/** The sink as the engine calls it, with a client of its own. */
async function opened() {
  const world = await slackWorld();
  const { id: target } = world.channel("team");
  const client = createVendorHttp({
    definition: http(API_ORIGIN, "internal"),
    authorization: fixedAuthorization(world.emulator.issueBotToken({ scopes: ALL_SCOPES })),
    clock: world.clock,
    logger: silentLogger,
    fetch: world.options.fetch!,
  });
  const withHttp = (request: SinkRequest) => ({ ...request, http: client });
  const since = new Date(world.clock.now());
  const during = (request: SinkRequest) => ({ ...request, event: { ...request.event, at: since } });
  return {
    sink: {
      id: "slack",
      send: (request: SinkRequest) => world.clock.run(sink.send(withHttp(during(request)))),
      find: (request: SinkRequest) => world.clock.run(sink.find!(withHttp(during(request)))),
      checkTarget: sink.checkTarget!,
    },
    target,
    badTarget: "#general",
    arrived: () =>
      world.workspace
        .conversation(target)
        .messages.filter(({ subtype }) => !subtype)
        .map((message) => JSON.stringify(message)),
  };
}

notificationSinkContract("Slack", opened);

describe("notifications in Slack", () => {
  async function subscribed() {
    const world = await slackWorld();
    const channel = world.channel("team");
    const connection = await world.connectWithToken();
    await world.halo.connections.setMode(orgId, connection.id, "notifications", true);
    await world.halo.notifications.subscribe({
      orgId,
      type: "new_ticket",
      sink: "slack",
      target: channel.id,
    });
    const raise = (key: string, subject = "It burns") =>
      world.halo.notify({ orgId, type: "new_ticket", key, event: { ticketId: key, subject } });
    const said = () =>
      channel.messages.filter(({ subtype, user }) => user === world.workspace.botUserId && !subtype);
    return { ...world, channel, connection, raise, said };
  }

  it("arrive once in the channel, with blocks, a fallback and their mark", async () => {
    const world = await subscribed();
    await world.raise("t1");
    await world.raise("t1");
    await world.work(MINUTE);
    const [message, ...others] = world.said();
    expect(others).toEqual([]);
    expect(message?.text).toContain("It burns");
    expect(message?.blocks?.[0]).toMatchObject({ type: "header" });
    expect(message?.metadata).toMatchObject({ event_type: "halo_notification" });
  });

  it("T29 carry no broadcast, whatever a customer wrote", async () => {
    const world = await subscribed();
    await world.raise("t1", "<!channel> <!here> pay at <https://evil.example|here>");
    await world.work(MINUTE);
    expect(world.said()).toHaveLength(1);
    expect(world.said()[0]?.text).toContain("&lt;!channel&gt;");
    expect(JSON.stringify(world.said()[0]?.blocks)).not.toMatch(/<[!@#]|<https:..evil/);
    expect(world.workspace.transcript({ onlyApp: true }).join("\n")).not.toContain("pings everyone");
  });

  it("come one a second into a channel", async () => {
    const world = await subscribed();
    for (let i = 0; i < 5; i++) await world.raise(`t${i}`);
    await world.work(MINUTE);
    const posted = world.emulator.ledger.find(({ kind }) => kind === "chat.postMessage");
    expect(posted).toHaveLength(5);
    const gaps = posted.slice(1).map(({ at }, i) => at - (posted[i]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  });

  it.each([
    ["F15 after Slack took it, and it stands there once", true],
    ["F15 before Slack took it, and it stands there once", false],
  ])("are sent again when the answer was lost: %s", async (_, executed) => {
    const world = await subscribed();
    const effect = { type: "status", status: 500, executed } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, times: 1, effect });
    await world.raise("t1");
    await world.work(2 * MINUTE);
    expect(world.said()).toHaveLength(1);
  });

  it("F78 wait while Slack is down, and arrive when it is back", async () => {
    const world = await subscribed();
    const effect = {
      type: "status",
      status: 200,
      body: { ok: false, error: "service_unavailable" },
    } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, times: 3, effect });
    await world.raise("t1");
    await world.work(10 * MINUTE);
    expect(world.said()).toHaveLength(1);
  });

  it("join a public channel for it, and end with Slack's word where nobody invited the app", async () => {
    const world = await subscribed();
    const open = world.workspace.createChannel({ name: "open" });
    const shut = world.workspace.createChannel({ name: "shut", private: true });
    for (const { id: target } of [open, shut])
      await world.halo.notifications.subscribe({ orgId, type: "escalation", sink: "slack", target });
    const dead: unknown[] = [];
    world.halo.on("notification.failed", (event) => void dead.push(event));
    await world.halo.notify({
      orgId,
      type: "escalation",
      key: "e1",
      event: { conversationId: "c1", reason: "Angry" },
    });
    await world.work(2 * MINUTE);
    expect(world.workspace.transcript({ channel: "open", onlyApp: true }).join("\n")).toContain("Angry");
    expect(dead).toMatchObject([{ dead: true, reason: "channel_not_found" }]);
  });

  it.each(["#general", "U0123ABCD", "D0123ABCD", "C0123 ABCD", "", "c0123abcd"])(
    "refuse %j as a place",
    async (target) => {
      expect(() => sink.checkTarget!(target)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    },
  );
});
