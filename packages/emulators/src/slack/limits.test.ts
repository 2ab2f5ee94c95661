import { describe, expect, it } from "vitest";
import { setUpSlack, slackAsker } from "../../test/slack-requests.ts";

describe("rate limits", () => {
  it("F20 tier 2 lets 20 a minute through, then answers 429 with Retry-After for that method alone", async () => {
    const { ask, clock } = setUpSlack({ limits: {} });
    for (let i = 0; i < 20; i++) expect((await ask("users.list", { limit: 1 })).status).toBe(200);
    await clock.advance(10_000);
    const refused = await ask("users.list", { limit: 1 });
    expect([refused.status, refused.headers.get("retry-after"), refused.body]).toEqual([
      429,
      "50",
      { ok: false, error: "ratelimited" },
    ]);
    expect((await ask("conversations.list")).status).toBe(200);
    await clock.advance(50_000);
    expect((await ask("users.list", { limit: 1 })).status).toBe(200);
  });

  it("a workspace does not use up another one's", async () => {
    const { ask, emulator } = setUpSlack({ limits: { 2: 1 } });
    const other = emulator.addWorkspace({ seed: 6 });
    const elsewhere = slackAsker(emulator, other.issueBotToken({ scopes: ["users:read"] }));
    await ask("users.list", { limit: 1 });
    expect((await ask("users.list", { limit: 1 })).status).toBe(429);
    expect((await elsewhere("users.list", { limit: 1 })).status).toBe(200);
  });

  it("an unlisted app reads history and replies once a minute each; others fifty times", async () => {
    for (const [distribution, allowed] of [
      ["unlisted", 1],
      ["marketplace", 50],
    ] as const) {
      const { ask, channel, clock } = setUpSlack({ limits: {}, distribution });
      const id = channel("general");
      await ask("conversations.join", { channel: id });
      for (const method of ["conversations.history", "conversations.replies"]) {
        const call = () => ask(method, { channel: id, ts: "1.000001" });
        for (let i = 0; i < allowed; i++) expect((await call()).status).toBe(200);
        expect((await call()).headers.get("retry-after")).toBe("60");
      }
      await clock.advance(60_000);
      expect((await ask("conversations.history", { channel: id })).status).toBe(200);
    }
  });

  it("one message a second into one channel; another channel has its own", async () => {
    const { ask, channel, clock, emulator } = setUpSlack({ limits: {} });
    const post = async (name: string) => ask("chat.postMessage", { channel: channel(name), text: "x" });
    for (const name of ["sales", "legal"]) await ask("conversations.join", { channel: channel(name) });
    expect((await post("sales")).status).toBe(200);
    const refused = await post("sales");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await post("legal")).status).toBe(200);
    await clock.advance(1_000);
    expect((await post("sales")).status).toBe(200);
    const posted = [...emulator.snapshot().conversations.values()].flatMap((one) => [
      ...one.messages.values(),
    ]);
    expect(posted.filter((one) => one.text === "x")).toHaveLength(3);
  });

  it("a token that nobody gave costs nothing", async () => {
    const { ask, emulator } = setUpSlack({ limits: { identity: 1 } });
    for (let i = 0; i < 3; i++)
      expect((await slackAsker(emulator, "xoxb-x-y")("auth.test")).body.error).toBe("invalid_auth");
    expect((await ask("auth.test")).status).toBe(200);
    expect((await ask("auth.test")).status).toBe(429);
  });
});
