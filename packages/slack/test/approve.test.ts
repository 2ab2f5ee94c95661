import { defineIntegration, type IntegrationDefinition } from "@halo/core";
import { defineAction, ValidationError } from "@halo/core/actions";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { orgId, slackWorld } from "./slack-world.ts";

const agentId = "support";
const customer = { email: "ada@example.com" };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A vendor that pays money back, once for each key, and can be told that there is nothing left. */
function till() {
  const paid = new Map<string, number>();
  let refundable = 5_000;
  const integration: IntegrationDefinition = defineIntegration({
    id: "till",
    name: "Till",
    auth: { key: { label: "Key" }, scopes: [], identify: async () => ({ account: { id: "acct_1" } }) },
    http: {
      baseUrl: "https://till.example.com",
      budgets: [],
      classify: ({ status }) => ({ kind: status < 300 ? "ok" : "failed" }),
    },
    modes: { ingest: false, actions: true, notifications: false },
    streams: [],
    actions: [
      defineAction({
        id: "refund",
        name: "Refund",
        description: "Pays money back.",
        subject: "end_user",
        approval: "human",
        input: z.strictObject({ amount: z.int().min(1), why: z.string().optional() }),
        config: z.strictObject({}),
        review: ({ input, subject }) => {
          if (input.amount > refundable) {
            throw new ValidationError("Not so much.", { path: "amount", reason: "above" });
          }
          return {
            preview: { summary: `Gives ${input.amount} cents back to ${subject?.email}.` },
            money: { amountMinor: input.amount, currency: "eur", digits: 2 },
            state: { refundable },
          };
        },
        run: async ({ effectKey, http, input }) => {
          await http.post("/refunds", { json: { key: effectKey, amount: input.amount } });
          return { paid: input.amount };
        },
        again: { kind: "idempotent", keyLifeMs: 24 * HOUR_MS },
      }),
    ],
  });
  return {
    integration,
    paid,
    leave: (cents: number) => {
      refundable = cents;
    },
    fetch: (request: Request) => {
      if (!request.url.startsWith("https://till.example.com/")) return undefined;
      paid.set(crypto.randomUUID(), 1);
      return Response.json({ ok: true });
    },
  };
}

async function deciding({ mapped = true } = {}) {
  const vendor = till();
  /** Answers in the place of Slack, where one is given. */
  const answers = { intercept: (_: Request): Response | undefined => undefined };
  const staff = new Map<string, { id: string; roles: readonly string[] }>();
  const world = await slackWorld({
    others: [vendor.integration],
    elsewhere: (request) => answers.intercept(request) ?? vendor.fetch(request),
    ...(mapped && { halo: { approvals: { personOf: ({ email }: { email: string }) => staff.get(email) } } }),
  });
  const { clock, emulator, halo, workspace } = world;
  const channel = world.channel("approvals");
  const grace = workspace.addUser({
    name: "g.hopper",
    realName: "Grace Hopper",
    email: "grace@acme.example",
  });
  const linus = workspace.addUser({ name: "linus", realName: "Linus", email: "linus@acme.example" });
  for (const { id } of [grace, linus]) workspace.join(channel.id, id);
  staff.set("grace@acme.example", { id: "u-grace", roles: ["admin"] });
  const connection = await world.connectWithToken();
  await halo.connections.setMode(orgId, connection.id, "notifications", true);
  await clock.run(halo.connections.connectWithKey({ orgId, integration: "till", key: "k" }));
  await halo.agents.upsert({ orgId, id: agentId });
  await halo.agents.setAction({ orgId, agentId, action: "refund", enabled: true });
  await halo.notifications.subscribe({ orgId, type: "approval", sink: "slack", target: channel.id });
  const cards = () =>
    channel.messages.filter(({ user, subtype }) => user === workspace.botUserId && !subtype);
  return {
    ...world,
    vendor,
    intercept(given: (request: Request) => Response | undefined) {
      answers.intercept = given;
    },
    staff,
    channel,
    grace,
    linus,
    connection,
    cards,
    /** Everything that stands in the newest card. */
    card: () => JSON.stringify(cards().at(-1)?.blocks ?? []),
    buttons: () => (cards().at(-1)?.blocks ?? []).filter(({ type }) => type === "actions").length,
    whispers: () => workspace.whispers.map(({ text, user }) => ({ text, user })),
    async propose(input: Record<string, unknown> = { amount: 1_250 }) {
      const outcome = await clock.run(
        halo.actions.invoke({
          orgId,
          agentId,
          action: "refund",
          input,
          context: { conversationId: "c1", customer },
        }),
      );
      if (outcome.status !== "pending_approval") return expect.unreachable(outcome.status);
      await world.work(5_000);
      return outcome.approvalId;
    },
    click: async (user: string, actionId = "halo_approve") => {
      const ts = cards().at(-1)?.ts ?? "";
      const { status } = await clock.run(emulator.clickButton({ channel: channel.id, ts, user, actionId }));
      return status;
    },
    state: async (id: string) => (await halo.approvals.get(orgId, id)).state,
  };
}

describe("an approval card", () => {
  it("shows the whole proposal, is decided by a click, and then says who did and what came of it", async () => {
    const world = await deciding();
    const id = await world.propose({ amount: 1_250, why: "Paid twice" });
    expect(world.cards()).toHaveLength(1);
    for (const text of [
      "12.50 EUR",
      "ada@example.com",
      "Paid twice",
      "agent support",
      "Had read",
      "expires 2026-",
    ]) {
      expect(world.card()).toContain(text);
    }
    expect(world.buttons()).toBe(1);
    expect(world.vendor.paid.size).toBe(0);
    expect(await world.click(world.grace.id)).toBe(200);
    expect((await world.halo.approvals.get(orgId, id)).decisions).toMatchObject([
      { kind: "approve", by: "u-grace" },
    ]);
    await world.work(5_000);
    expect(await world.state(id)).toBe("succeeded");
    expect(world.vendor.paid.size).toBe(1);
    expect(world.cards()).toHaveLength(1);
    expect(world.card()).toContain("Approved and done");
    expect(world.buttons()).toBe(0);
    expect(world.whispers()).toEqual([]);
  });

  it("is rejected by a click, and nothing is done", async () => {
    const world = await deciding();
    const id = await world.propose();
    await world.click(world.grace.id, "halo_reject");
    await world.work(5_000);
    expect(await world.state(id)).toBe("rejected");
    expect(world.card()).toContain("Rejected");
    expect(world.buttons()).toBe(0);
    expect(world.vendor.paid.size).toBe(0);
  });

  it("is changed when the proposal was decided elsewhere, and when it expired", async () => {
    const world = await deciding();
    const id = await world.propose();
    const { hash } = await world.halo.approvals.get(orgId, id);
    const actor = { id: "u-grace", kind: "human", roles: ["admin"] } as const;
    await world.halo.approvals.reject({ orgId, approvalId: id, hash, actor });
    await world.work(5_000);
    expect(world.card()).toContain("Rejected");
    await world.propose({ amount: 7 });
    await world.clock.advance(4 * HOUR_MS);
    await world.work(MINUTE_MS);
    expect(world.cards()).toHaveLength(2);
    expect(world.card()).toContain("Expired");
    expect(world.buttons()).toBe(0);
  });

  it("T38 T29 shows hidden characters, and mentions, formats and links nothing", async () => {
    const world = await deciding();
    await world.propose({
      amount: 100,
      why: "<!channel> ~100~ *ok* \u202e00.1\u200b <https://evil.example|x>",
    });
    const [card] = world.cards();
    const kinds = new Set(JSON.stringify(card?.blocks).match(/"type":"(mrkdwn|plain_text|rich_text)"/g));
    expect([...kinds]).toEqual(['"type":"plain_text"']);
    expect(world.card()).toContain("⟦U+202E⟧");
    expect(world.card()).toContain("⟦U+200B⟧");
    expect(`${card?.text}${world.card()}`).not.toMatch(/<[!@#h]/);
  });

  it("T38 has no buttons where it cannot be shown whole", async () => {
    const world = await deciding();
    await world.propose({ amount: 100, why: "&".repeat(30_000) });
    expect(world.buttons()).toBe(0);
    expect(world.card()).toContain("decide it in the product's own queue");
  });

  it("F78 Slack is down: the proposal waits in the queue, and the card comes once Slack is back", async () => {
    const world = await deciding();
    const down = { type: "status", status: 503 } as const;
    world.emulator.faults.add({ match: { kind: "chat.postMessage" }, times: 2, effect: down });
    const id = await world.propose();
    expect(world.cards()).toHaveLength(0);
    expect(await world.halo.approvals.list(orgId, { state: "proposed" })).toMatchObject([{ id }]);
    await world.work(10 * MINUTE_MS);
    expect(world.cards()).toHaveLength(1);
    expect(world.buttons()).toBe(1);
  });

  it("comes anew where somebody deleted it", async () => {
    const world = await deciding();
    await world.propose();
    const [card] = world.cards();
    world.workspace.remove(world.channel.id, card?.ts ?? "");
    const { hash, id } = (await world.halo.approvals.list(orgId))[0]!;
    const actor = { id: "u-grace", kind: "human", roles: ["admin"] } as const;
    await world.halo.approvals.reject({ orgId, approvalId: id, hash, actor });
    await world.work(5_000);
    expect(world.card()).toContain("Rejected");
  });
});

describe("T45 a click that decides nothing", () => {
  const undecided = async (world: Awaited<ReturnType<typeof deciding>>, id: string) => {
    await world.work(5_000);
    expect(await world.state(id)).toBe("proposed");
    expect(world.vendor.paid.size).toBe(0);
  };

  it("of somebody whom the host does not know is told so, alone", async () => {
    const world = await deciding();
    const id = await world.propose();
    await world.click(world.linus.id);
    expect(world.whispers()).toMatchObject([
      { user: world.linus.id, text: expect.stringContaining("leads to nobody") },
    ]);
    await undecided(world, id);
  });

  it("T39 of somebody without the role, who lost it, or whom it is about", async () => {
    const world = await deciding();
    const id = await world.propose();
    world.staff.set("grace@acme.example", { id: "u-grace", roles: ["support"] });
    await world.click(world.grace.id);
    world.staff.set("linus@acme.example", { id: "u-linus", roles: ["admin"] });
    world.workspace.updateUser(world.linus.id, { email: customer.email });
    world.staff.set(customer.email, { id: "u-ada", roles: ["admin"] });
    await world.click(world.linus.id);
    expect(world.whispers().map(({ text }) => text)).toEqual([
      expect.stringContaining("role"),
      expect.stringContaining("cannot decide it"),
    ]);
    await undecided(world, id);
  });

  it("of a guest, of a bot, of somebody without an address, and of somebody of another workspace", async () => {
    const world = await deciding();
    const id = await world.propose();
    const all = [
      world.workspace.addUser({
        name: "guest",
        realName: "Guest",
        email: "grace2@acme.example",
        guest: "single",
      }),
      world.workspace.addUser({ name: "bot", realName: "Bot", email: "grace3@acme.example", isBot: true }),
    ];
    for (const { email, id: user } of all) {
      world.workspace.join(world.channel.id, user);
      if (email) world.staff.set(email, { id: "u-grace", roles: ["admin"] });
      await world.click(user);
    }
    world.workspace.updateUser(world.grace.id, { email: undefined as never });
    await world.click(world.grace.id);
    expect(world.whispers().every(({ text }) => text.includes("member of this team"))).toBe(true);
    await undecided(world, id);
  });

  it("of somebody whom Slack says is of another workspace, whatever the click says", async () => {
    const world = await deciding();
    const id = await world.propose();
    const method = (request: Request) => new URL(request.url).pathname.endsWith("/users.info");
    world.intercept((request) =>
      method(request)
        ? Response.json({
            ok: true,
            user: { team_id: "T0ELSEWHERE", profile: { email: "grace@acme.example" } },
          })
        : undefined,
    );
    await world.click(world.grace.id);
    expect(world.whispers()).toMatchObject([{ text: expect.stringContaining("member of this team") }]);
    await undecided(world, id);
  });

  it("where nobody said who may decide from Slack", async () => {
    const world = await deciding({ mapped: false });
    const id = await world.propose();
    await world.click(world.grace.id);
    expect(world.whispers()).toHaveLength(1);
    await undecided(world, id);
  });

  it("T37 that is forged, altered or replayed later is refused as a stranger's, and does nothing", async () => {
    const world = await deciding();
    const id = await world.propose();
    const { hash } = await world.halo.approvals.get(orgId, id);
    const payload = (changes: object = {}) =>
      `payload=${encodeURIComponent(
        JSON.stringify({
          type: "block_actions",
          user: { id: world.grace.id, team_id: world.workspace.workspace.id },
          team: { id: world.workspace.workspace.id },
          channel: { id: world.channel.id },
          actions: [{ action_id: "halo_approve", value: `${id}/${hash}` }],
          ...changes,
        }),
      )}`;
    const send = (body: string, headers: Record<string, string>) =>
      world.clock.run(
        world.halo.clicks.receive({
          integration: "slack",
          method: "POST",
          pathAndQuery: "/api/integrations/slack/interactivity",
          headers,
          body: new TextEncoder().encode(body),
        }),
      );
    const form = { contentType: "application/x-www-form-urlencoded" };
    const signed = world.emulator.webhooks.sign(payload(), form);
    const refused = { code: "webhook_unverified" };
    const forged = world.emulator.webhooks.sign(payload(), { ...form, secret: "another" });
    await expect(send(forged.body, forged.headers)).rejects.toMatchObject(refused);
    await expect(send(payload({ user: { id: world.linus.id } }), signed.headers)).rejects.toMatchObject(
      refused,
    );
    await world.clock.advance(301_000);
    await expect(send(signed.body, signed.headers)).rejects.toMatchObject(refused);
    const foreign = world.emulator.webhooks.sign(payload({ team: { id: "T0FOREIGN" } }), form);
    await send(foreign.body, foreign.headers);
    const connect = { user: { id: world.grace.id, team_id: "T0FOREIGN" } };
    const shared = world.emulator.webhooks.sign(payload(connect), form);
    await send(shared.body, shared.headers);
    for (const value of [`${id}/${"0".repeat(64)}`, `${id}`, `${crypto.randomUUID()}/${hash}`, ""]) {
      const actions = [{ action_id: "halo_approve", value }];
      const other = world.emulator.webhooks.sign(payload({ actions }), form);
      await send(other.body, other.headers);
    }
    const stranger = { actions: [{ action_id: "approve", value: `${id}/${hash}` }] };
    const unknown = world.emulator.webhooks.sign(payload(stranger), form);
    await send(unknown.body, unknown.headers);
    await undecided(world, id);
    const good = world.emulator.webhooks.sign(payload(), form);
    for (let times = 0; times < 3; times++) await send(good.body, good.headers);
    await world.work(5_000);
    expect(await world.state(id)).toBe("succeeded");
    expect(world.vendor.paid.size).toBe(1);
  });

  it("with Slack's notifications turned off, or disconnected", async () => {
    const world = await deciding();
    const id = await world.propose();
    await world.halo.connections.setMode(orgId, world.connection.id, "notifications", false);
    expect(await world.click(world.grace.id)).toBe(200);
    await undecided(world, id);
  });

  it("of a proposal that has expired, and says so", async () => {
    const world = await deciding();
    const id = await world.propose();
    await world.clock.advance(4 * HOUR_MS + 1);
    await world.click(world.grace.id);
    expect(await world.state(id)).toBe("expired");
    expect(world.whispers()).toMatchObject([{ text: expect.stringContaining("in time") }]);
    expect(world.vendor.paid.size).toBe(0);
  });
});

describe("F10 clicks at once", () => {
  it("of one person twice, and of two, are one decision; who came second is told what stands", async () => {
    const world = await deciding();
    world.staff.set("linus@acme.example", { id: "u-linus", roles: ["approver"] });
    const id = await world.propose();
    const statuses = await Promise.all([
      world.click(world.grace.id),
      world.click(world.grace.id),
      world.click(world.linus.id, "halo_reject"),
    ]);
    expect(statuses).toEqual([200, 200, 200]);
    await world.work(5_000);
    const { decisions } = await world.halo.approvals.get(orgId, id);
    expect(decisions).toHaveLength(1);
    expect(world.vendor.paid.size).toBe(decisions[0]?.kind === "approve" ? 1 : 0);
    expect(world.whispers()).toHaveLength(2);
  });

  it("F93 what changed at the vendor since makes the approval void, and the card says so", async () => {
    const world = await deciding();
    const id = await world.propose();
    await world.click(world.grace.id);
    world.vendor.leave(100);
    await world.work(30_000);
    expect(["refused", "failed"]).toContain(await world.state(id));
    expect(world.vendor.paid.size).toBe(0);
    expect(world.card()).toMatch(/Not done|Failed/);
  });
});
