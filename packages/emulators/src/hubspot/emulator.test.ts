import { getResponse } from "msw";
import { describe, expect, it } from "vitest";
import { setUp } from "../../test/requests.ts";
import { hubspotEmulator, manualClock } from "../index.ts";

describe("the emulator in a program", () => {
  it("answers as msw handlers for the vendor's hosts", async () => {
    const { emulator, token } = setUp();
    const headers = { authorization: `Bearer ${token}` };
    const request = new Request("https://api.hubapi.com/crm/objects/2026-03/deals", { headers });
    const answer = await getResponse([...emulator.handlers], request);
    expect(answer?.status).toBe(200);
    expect(await getResponse([...emulator.handlers], new Request("https://example.com/"))).toBeUndefined();
  });

  it("knows no other version and no other path", async () => {
    const { ask } = setUp();
    for (const path of ["/crm/objects/2025-09/contacts", "/crm/objects/2026-09/contacts/1/2/3", "/"]) {
      expect((await ask("GET", path)).status).toBe(404);
    }
    expect((await ask("PUT", "/crm/objects/2026-09/contacts")).status).toBe(405);
  });

  it("without a token, or with one it never gave, the answer is a 401 and costs nothing of the limit", async () => {
    const { emulator } = setUp({ limits: { burst: { max: 1, windowMs: 10_000 } } });
    for (const headers of [{}, { authorization: "Bearer pat-na1-nothing" }]) {
      const answer = await emulator.fetch(
        new Request("https://api.hubapi.com/crm/owners/2026-09", { headers }),
      );
      expect(answer.status).toBe(401);
    }
  });

  it("the ledger tells kinds and tokens apart and holds no secret", async () => {
    const { ask, emulator, token } = setUp();
    await ask("GET", "/crm/objects/2026-09/contacts?limit=1");
    await ask("POST", "/crm/objects/2026-09/emails/search", {});
    expect(emulator.ledger.requests.map(({ kind, objectType }) => [kind, objectType])).toEqual([
      ["list", "contacts"],
      ["search", "emails"],
    ]);
    expect(emulator.ledger.peak(10_000)).toBe(2);
    expect(JSON.stringify(emulator.ledger.requests)).not.toContain(token);
  });

  it("response times are log-normal around their median, the same for the same seed", async () => {
    const times = async () => {
      const clock = manualClock();
      const emulator = hubspotEmulator({ seed: 1, clock, limits: "none", latency: { medianMs: 60 } });
      const request = () => new Request("https://api.hubapi.com/oauth/authorize");
      const all = Array.from({ length: 200 }, () => emulator.fetch(request()));
      await clock.advance(10_000);
      await Promise.all(all);
      return emulator.ledger.requests.map((entry) => entry.endAt - entry.at).sort((a, b) => a - b);
    };
    const sorted = await times();
    expect(sorted[100]).toBeGreaterThan(50);
    expect(sorted[100]).toBeLessThan(72);
    expect(sorted[199]).toBeGreaterThan(100);
    expect(await times()).toEqual(sorted);
  });
});

describe("the theoretical plan", () => {
  it("counts pages from the seed and turns them into seconds by the limit", () => {
    const size = { companies: 150, contacts: 2_000, deals: 401, engagements: 3_000 };
    const emulator = hubspotEmulator({ seed: 2, clock: manualClock(), size, latency: { medianMs: 250 } });
    const plan = emulator.theoretical();
    const submissions = emulator.portal.portal.forms.reduce(
      (sum, form) => sum + Math.max(1, Math.ceil(form.submissions.length / 50)),
      0,
    );
    expect(plan.byKind).toMatchObject({
      "list companies": 2,
      "list contacts": 20,
      "list deals": 5,
      "list emails": 17,
      submissions,
    });
    expect(plan.requests).toBe(Object.values(plan.byKind).reduce((a, b) => a + b));
    expect(plan.seconds).toBe((Math.ceil(plan.requests / 110) - 1) * 10 + 0.25);
  });
});
