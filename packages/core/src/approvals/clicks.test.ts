import { beforeAll, describe, expect, it } from "vitest";
import { desk, orgId, warm } from "../../test/acme-actions.ts";
import { approvalWorld } from "../../test/approval-world.ts";
import { tamper } from "../../test/harness.ts";
import {
  type ApprovalOptions,
  type Click,
  type ClickedBy,
  type InteractivityDefinition,
  type SeenPerson,
  StorageError,
  VendorError,
} from "../index.ts";
import { memoryStorage } from "../memory/index.ts";

beforeAll(warm);

const seen: SeenPerson = { email: "grace@acme.example", name: "Grace", outside: false };

/** A Halo with a vendor in whose pages people click, and everything that this vendor was asked to do. */
async function clicking({
  personOf = () => ({ id: "u-grace", roles: ["approver"] }),
  mapped = true,
  storage: changed = (inner) => inner,
  orgs = [orgId],
}: {
  personOf?: NonNullable<ApprovalOptions["personOf"]>;
  mapped?: boolean;
  storage?: (inner: ReturnType<typeof memoryStorage>) => ReturnType<typeof memoryStorage>;
  orgs?: readonly string[];
} = {}) {
  const whispers: { text: string; user: string }[] = [];
  const delivered: unknown[] = [];
  const asked: ClickedBy[] = [];
  const vendor = {
    clicks: [] as Click[],
    whois: async (_: { signal: AbortSignal }): Promise<SeenPerson | undefined> => seen,
    whisper: async () => {},
  };
  const interactivity: InteractivityDefinition = {
    secrets: ["s1", "s2"],
    receive: (delivery) => {
      delivered.push(delivery);
      return vendor.clicks;
    },
    whois: (asking) => vendor.whois(asking),
    whisper: async ({ click, text }) => {
      await vendor.whisper();
      whispers.push({ text, user: click.user });
    },
  };
  const modes = { ingest: false, actions: false, notifications: true };
  const chat = desk({ id: "chat", name: "Chat", actions: [], modes, interactivity });
  const mute = desk({ id: "mute", actions: [], modes, interactivity: { ...interactivity, secrets: [] } });
  const logged: [message: string, fields?: object][] = [];
  const log = (message: string, fields?: object) => void logged.push([message, fields ?? {}]);
  const world = await approvalWorld({
    storage: changed(memoryStorage()),
    integrations: [desk(), chat, mute],
    publicUrl: "https://app.example.com",
    logger: { debug: () => {}, info: () => {}, warn: log, error: log },
    approvals: mapped
      ? {
          personOf: (clicked) => {
            asked.push(clicked);
            return personOf(clicked);
          },
        }
      : {},
  });
  const { clock, halo } = world;
  const connections: string[] = [];
  for (const org of orgs) {
    const { id } = await halo.connections.connectWithKey({ orgId: org, integration: "chat", key: "k" });
    await halo.connections.setMode(org, id, "notifications", true);
    connections.push(id);
  }
  const send = (integration = "chat") =>
    halo.clicks.receive({
      integration,
      method: "POST",
      pathAndQuery: "/interactivity?x=1",
      headers: { "x-signature": "s" },
      body: new TextEncoder().encode("{}"),
    });
  const view = await world.propose();
  // That nothing is kept in memory was said at the start.
  logged.length = 0;
  const click = (like: Partial<Click> = {}): Click => ({
    account: "acct-1",
    user: "U1",
    kind: "approve",
    approvalId: view.id,
    hash: view.hash,
    place: {},
    ...like,
  });
  return {
    ...world,
    asked,
    click,
    /** Clicks, and lets all that follows happen. */
    press: async (...likes: Partial<Click>[]) => {
      vendor.clicks = (likes.length === 0 ? [{}] : likes).map(click);
      await clock.run(send());
      return (await world.now(view.id)).state;
    },
    connections,
    delivered,
    logged,
    send,
    vendor,
    view,
    whispers,
  };
}

describe("a button in a vendor's pages", () => {
  it.each([
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const)("%ss, in the name of the person whom the host knows by their address", async (kind, state) => {
    const world = await clicking();
    expect(await world.press({ kind })).toBe(state);
    expect((await world.now(world.view.id)).decisions).toMatchObject([{ kind, by: "u-grace" }]);
    expect(world.asked).toEqual([{ ...seen, orgId, integration: "chat", account: "acct-1", user: "U1" }]);
    expect(world.whispers).toEqual([]);
    expect(world.logged).toEqual([]);
  });

  it("is verified as it came, under every secret, at the address that the vendor calls", async () => {
    const world = await clicking();
    await world.press();
    expect(world.delivered).toEqual([
      {
        method: "POST",
        url: "https://app.example.com/interactivity?x=1",
        headers: { "x-signature": "s" },
        body: new TextEncoder().encode("{}"),
        secret: ["s1", "s2"],
        now: expect.any(Number),
      },
    ]);
  });

  it.each(["unknown", "acme", "mute"])("is refused as forged where %s has no buttons", async (name) => {
    const world = await clicking();
    await expect(world.send(name)).rejects.toMatchObject({ code: "webhook_unverified" });
    expect(world.delivered).toEqual([]);
  });

  it("may be pressed several times in one delivery, and each is worked on", async () => {
    const world = await clicking();
    const wrong = { hash: "0".repeat(64) };
    expect(await world.press(wrong, {}, { ...wrong, user: "U2" })).toBe("approved");
    expect(world.whispers.map(({ user }) => user)).toEqual(["U1", "U2"]);
  });

  it("leads to the org whose proposal it is, of those that share the account", async () => {
    const world = await clicking({ orgs: ["org-0", orgId, "org-2"] });
    expect(await world.press()).toBe("approved");
    expect(world.asked).toMatchObject([{ orgId }]);
  });
});

describe("T45 a click that decides nothing", () => {
  it.each<[string, Partial<SeenPerson> | undefined]>([
    ["whom the vendor does not show", undefined],
    ["of another company", { outside: true }],
    ["without an address", { email: undefined }],
  ])("of somebody %s is told so, and the host is not asked who that is", async (_, change) => {
    const world = await clicking();
    world.vendor.whois = async () => change && { ...seen, ...change };
    expect(await world.press()).toBe("proposed");
    expect(world.whispers).toEqual([
      { user: "U1", text: expect.stringMatching(/^Nothing was decided\. Chat shows no address of a member/) },
    ]);
    expect(world.asked).toEqual([]);
    const fields = { call: world.view.id, reason: "outside" };
    expect(world.logged).toEqual([["A click decided nothing", fields]]);
  });

  it.each<[string, NonNullable<ApprovalOptions["personOf"]> | undefined]>([
    ["says is nobody", () => undefined],
    ["was never asked about", undefined],
  ])("of somebody who the host %s is told so", async (_, personOf) => {
    const world = await clicking(personOf ? { personOf } : { mapped: false });
    expect(await world.press()).toBe("proposed");
    expect(world.whispers).toMatchObject([{ text: expect.stringMatching(/leads to nobody who may decide/) }]);
    expect(world.logged.at(-1)?.[1]).toMatchObject({ reason: "unmapped" });
  });

  it("while the host cannot say who that is, is told so, and the host's failure is logged", async () => {
    const world = await clicking({
      personOf: () => {
        throw new TypeError("secret");
      },
    });
    expect(await world.press()).toBe("proposed");
    expect(world.whispers).toHaveLength(1);
    expect(world.logged[0]).toEqual(["approvals.personOf failed", { error: "TypeError" }]);
    const odd = await clicking({
      personOf: () => {
        throw "secret";
      },
    });
    await odd.press();
    expect(odd.logged[0]).toEqual(["approvals.personOf failed", { error: "unknown" }]);
  });

  it("T39 of the customer themselves: the address that the vendor shows counts", async () => {
    const world = await clicking();
    world.vendor.whois = async () => ({ ...seen, email: "Ada@example.com" });
    expect(await world.press()).toBe("proposed");
    expect(world.whispers).toMatchObject([{ text: expect.stringMatching(/whom it is about/) }]);
    expect(world.logged.at(-1)?.[1]).toMatchObject({ reason: "gate_closed" });
  });

  it("of a card that shows something else than what waits is told what stands", async () => {
    const world = await clicking();
    expect(await world.press({ hash: "0".repeat(64) })).toBe("proposed");
    expect(world.whispers).toMatchObject([{ text: expect.stringMatching(/It is not what you saw/) }]);
    expect(world.logged.at(-1)?.[1]).toMatchObject({ reason: "approval_stale" });
  });

  it("of a proposal that is not there is told so, and nobody is asked who that is", async () => {
    const world = await clicking({ orgs: ["org-0", "org-2"] });
    world.vendor.whois = () => {
      throw new Error("not asked");
    };
    expect(await world.press()).toBe("proposed");
    expect(world.whispers).toMatchObject([{ text: expect.stringMatching(/no such proposal any more/) }]);
    expect(world.logged.at(-1)?.[1]).toMatchObject({ reason: "unknown" });
  });

  it.each<[string, (world: Awaited<ReturnType<typeof clicking>>) => Promise<unknown>]>([
    [
      "whose notifications are off",
      ({ connections: [id = ""], halo }) => halo.connections.setMode(orgId, id, "notifications", false),
    ],
    ["that was disconnected", ({ connections: [id = ""], halo }) => halo.connections.disconnect(orgId, id)],
    [
      "that lost access",
      ({ connections: [id = ""], options }) =>
        options.storage.connections.change(orgId, id, { state: "auth_error" }),
    ],
    ["that is another one", async ({ vendor }) => vendor],
  ])("of an account %s is dropped", async (what, change) => {
    const world = await clicking();
    await change(world);
    expect(await world.press(what.endsWith("another one") ? { account: "acct-9" } : {})).toBe("proposed");
    expect(world.whispers).toEqual([]);
    const message = "A click of an account without a connection was dropped";
    expect(world.logged).toEqual([[message, { integration: "chat" }]]);
  });

  it.each<[string, Error, string]>([
    ["the store's", new StorageError("away", { retryable: true }), "storage_failed"],
    ["anybody's", new TypeError("secret"), "unknown"],
  ])("for %s failure may be tried again, and the failure is logged", async (_, error, code) => {
    const world = await clicking({
      storage: (inner) =>
        tamper(inner, "approvals", {
          decide: async () => {
            throw error;
          },
        }),
    });
    expect(await world.press()).toBe("proposed");
    expect(world.whispers).toMatchObject([{ text: expect.stringMatching(/click again/) }]);
    expect(world.logged).toEqual([
      ["A click's decision failed", { call: world.view.id, error: code }],
      ["A click decided nothing", { call: world.view.id, reason: "failed" }],
    ]);
  });

  it.each<[string, unknown, string]>([
    ["with the vendor's refusal", new VendorError("No.", {}), "vendor_failed"],
    ["with an error of a library", new RangeError("secret"), "RangeError"],
    ["with what is no error", "secret", "unknown"],
  ])("and cannot be answered ends %s in the log, and fails nobody else's", async (_, error, name) => {
    const world = await clicking();
    world.vendor.whisper = async () => {
      world.vendor.whisper = async () => {};
      throw error;
    };
    const wrong = { hash: "0".repeat(64) };
    expect(await world.press(wrong, { ...wrong, user: "U2" })).toBe("proposed");
    expect(world.whispers).toMatchObject([{ user: "U2" }]);
    expect(world.logged).toContainEqual([
      "A click could not be worked on",
      { call: world.view.id, error: name },
    ]);
  });
});

describe("a vendor that waits for an answer", () => {
  it("has it within two seconds, whatever becomes of the click, which goes on behind it", async () => {
    const world = await clicking();
    let answer = (_: SeenPerson) => {};
    world.vendor.whois = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    world.vendor.clicks = [world.click()];
    let answered = false;
    const sent = world.send().then(() => {
      answered = true;
    });
    await world.clock.advance(1_999);
    expect(answered).toBe(false);
    await world.clock.advance(1);
    expect(answered).toBe(true);
    await sent;
    let closed = false;
    const closing = world.halo.close().then(() => {
      closed = true;
    });
    await world.clock.advance(0);
    expect(closed).toBe(false);
    answer(seen);
    await world.clock.run(closing);
    expect(world.told.at(-1)).toMatchObject({ name: "approval.approved", by: "u-grace" });
  });

  it("is not kept waiting once the click was worked on", async () => {
    const world = await clicking();
    world.vendor.clicks = [world.click()];
    await world.send();
    expect((await world.now(world.view.id)).state).toBe("approved");
    expect(world.clock.sleeping).toBe(0);
  });

  it("and says nothing itself is given up on after twenty", async () => {
    const world = await clicking();
    const signals: AbortSignal[] = [];
    world.vendor.whois = ({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    world.vendor.clicks = [world.click()];
    void world.send();
    await world.clock.advance(19_999);
    expect(signals[0]?.aborted).toBe(false);
    expect(world.logged).toEqual([]);
    await world.clock.advance(1);
    expect(signals[0]?.aborted).toBe(true);
    const fields = { call: world.view.id, error: "vendor_timeout" };
    expect(world.logged).toEqual([["A click could not be worked on", fields]]);
  });
});
