import { expect, it } from "vitest";
import { setUp } from "../../test/requests.ts";

const list = "/crm/objects/2026-09/contacts?limit=1";

it("admits 110 requests in ten seconds, then answers 429 with the policy's name and no Retry-After", async () => {
  const { ask, clock } = setUp({ limits: {} });
  for (let i = 0; i < 110; i++) {
    const { status, headers } = await ask("GET", list);
    expect(status).toBe(200);
    expect(headers.get("x-hubspot-ratelimit-remaining")).toBe(String(109 - i));
  }
  const refused = await ask("GET", list);
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({ errorType: "RATE_LIMIT", policyName: "TEN_SECONDLY_ROLLING" });
  expect(refused.headers.get("retry-after")).toBeNull();
  expect(refused.headers.get("x-hubspot-ratelimit-remaining")).toBe("0");
  await clock.advance(9_999);
  expect((await ask("GET", list)).status).toBe(429);
  await clock.advance(1);
  const again = await ask("GET", list);
  expect(again.status).toBe(200);
  expect(again.headers.get("x-hubspot-ratelimit-max")).toBe("110");
  expect(again.headers.get("x-hubspot-ratelimit-interval-milliseconds")).toBe("10000");
  expect(again.headers.get("x-hubspot-ratelimit-daily")).toBeNull();
});

it("the window rolls: half of a burst is free again when half of it has aged", async () => {
  const { ask, clock } = setUp({ limits: { burst: { max: 4, windowMs: 10_000 } } });
  await ask("GET", list);
  await ask("GET", list);
  await clock.advance(6_000);
  await ask("GET", list);
  await ask("GET", list);
  await clock.advance(4_000);
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await ask("GET", list)).status);
  expect(statuses).toEqual([200, 200, 429]);
});

it("search has a budget of its own, five a second for the account, and sends no headers about it", async () => {
  const { ask, clock } = setUp({ limits: { burst: { max: 1, windowMs: 10_000 } } });
  const search = () => ask("POST", "/crm/objects/2026-09/contacts/search", {});
  for (let i = 0; i < 5; i++) expect((await search()).headers.get("x-hubspot-ratelimit-max")).toBeNull();
  expect((await search()).body).toMatchObject({
    policyName: "SECONDLY",
    message: "You have reached your secondly limit.",
  });
  expect((await ask("GET", list)).status).toBe(200);
  await clock.advance(1_000);
  expect((await search()).status).toBe(200);
});

it("form submissions count in the burst", async () => {
  const { ask, emulator } = setUp({ limits: { burst: { max: 1, windowMs: 10_000 } } });
  const path = `/form-integrations/v1/submissions/forms/${emulator.portal.portal.forms[0]?.id}`;
  expect((await ask("GET", path)).status).toBe(200);
  expect((await ask("GET", path)).status).toBe(429);
});

it("two accounts do not share a burst, and a key has headers for its day", async () => {
  const { emulator } = setUp({ limits: { burst: { max: 1, windowMs: 10_000 }, daily: 7 } });
  const other = emulator.addPortal({ seed: 6 });
  const ask = (token: string) =>
    emulator.fetch(
      new Request(`https://api.hubapi.com${list}`, { headers: { authorization: `Bearer ${token}` } }),
    );
  const scopes = ["crm.objects.contacts.read"];
  expect((await ask(emulator.issueKey({ scopes }))).headers.get("x-hubspot-ratelimit-daily-remaining")).toBe(
    "6",
  );
  expect((await ask(other.issueAccessToken({ scopes }))).status).toBe(200);
  expect((await ask(other.issueAccessToken({ scopes }))).status).toBe(429);
});

it("a key that has used up its day is refused by the policy of the day until the next one", async () => {
  const { emulator, clock } = setUp({ limits: { daily: 2 } });
  const key = emulator.issueKey({ scopes: ["crm.objects.contacts.read"] });
  const ask = () =>
    emulator.fetch(
      new Request(`https://api.hubapi.com${list}`, { headers: { authorization: `Bearer ${key}` } }),
    );
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  expect(await (await ask()).json()).toMatchObject({ policyName: "DAILY" });
  clock.set(clock.now() + 86_400_000);
  expect((await ask()).status).toBe(200);
});
