import { describe, expect, it } from "vitest";
import { ALL_SCOPES, setUp } from "../../../test/requests.ts";

const ids = (answer: { body: { results: { id: string }[] } }) => answer.body.results.map((r) => r.id);

describe("lists", () => {
  it("`after` is the id of the next record, and any id may begin a list", async () => {
    const { ask } = setUp();
    const first = await ask("GET", "/crm/objects/2026-09/contacts?limit=100");
    const second = await ask(
      "GET",
      `/crm/objects/2026-09/contacts?limit=100&after=${first.body.paging.next.after}`,
    );
    expect(ids(second)[0]).toBe(first.body.paging.next.after);
    expect(second.body.paging).toBeUndefined();
    const between = String(Number(ids(first)[49]) - 1);
    expect(ids(await ask("GET", `/crm/objects/2026-09/contacts?limit=3&after=${between}`))[0]).toBe(
      ids(first)[49],
    );
  });

  it("with `listAfter: opaque` a cursor that no record has is a 400", async () => {
    const { ask } = setUp({ behaviour: { listAfter: "opaque" } });
    const [, second = ""] = ids(await ask("GET", "/crm/objects/2026-09/contacts"));
    expect((await ask("GET", `/crm/objects/2026-09/contacts?after=${second}`)).status).toBe(200);
    expect((await ask("GET", "/crm/objects/2026-09/contacts?after=1")).status).toBe(400);
  });

  it("unset properties are null, unknown ones absent, all values text", async () => {
    const { ask, emulator } = setUp();
    const { id } = emulator.portal.create("deals", { dealname: "D", amount: "12.50" });
    const { body } = await ask(
      "GET",
      `/crm/objects/2026-09/deals/${id}?properties=amount,closedate&properties=nope`,
    );
    expect(body.properties).toMatchObject({ amount: "12.50", closedate: null });
    expect(body.properties).not.toHaveProperty("nope");
  });

  it("a record with more than 100 associations of a kind says where to go on", async () => {
    const { ask, emulator } = setUp();
    const deal = emulator.portal.create("deals", { dealname: "Big" });
    for (const id of emulator.snapshot(["contacts"]).records.contacts.keys()) {
      emulator.portal.associate({ type: "deals", id: deal.id }, { type: "contacts", id });
    }
    const { body } = await ask("GET", `/crm/objects/2026-09/deals/${deal.id}?associations=contacts`);
    expect(body.associations.contacts.results).toHaveLength(100);
    const inputs = [{ id: deal.id, after: body.associations.contacts.paging.next.after }];
    const rest = await ask("POST", "/crm/associations/2026-09/deals/contacts/batch/read", { inputs });
    expect(rest.body.results[0].to).toHaveLength(100);
  });
});

describe("what is gone", () => {
  it("F33 archived records stand in the archived list alone, merged and forgotten ones in none", async () => {
    const { ask, emulator } = setUp();
    const [a = "", b = "", c = "", d = ""] = emulator.snapshot(["contacts"]).records.contacts.keys();
    emulator.portal.archive("contacts", a);
    emulator.portal.merge("contacts", b, c);
    emulator.portal.gdprDelete(d);
    const live = ids(await ask("GET", "/crm/objects/2026-09/contacts?limit=100"));
    const archived = ids(await ask("GET", "/crm/objects/2026-09/contacts?limit=100&archived=true"));
    expect([a, c, d].filter((id) => live.includes(id))).toEqual([]);
    expect([a, b, c, d].filter((id) => archived.includes(id))).toEqual([a]);
    expect((await ask("GET", `/crm/objects/2026-09/contacts/${c}`)).body.id).toBe(b);
    expect((await ask("GET", `/crm/objects/2026-09/contacts/${d}`)).status).toBe(404);
    const snapshot = emulator.snapshot(["contacts"]);
    expect([snapshot.merged.get(c), snapshot.forgotten, snapshot.archived.contacts.includes(a)]).toEqual([
      b,
      [d],
      true,
    ]);
  });

  it("an association change moves no timestamp", () => {
    const { emulator, clock } = setUp();
    const [email] = emulator.snapshot(["emails"]).records.emails.values();
    const [contact = ""] = emulator.snapshot(["contacts"]).records.contacts.keys();
    clock.set(clock.now() + 1_000);
    emulator.portal.associate({ type: "emails", id: email?.id ?? "" }, { type: "contacts", id: contact });
    const after = emulator.snapshot(["emails"]).records.emails.get(email?.id ?? "");
    expect(after?.updatedAt).toBe(email?.updatedAt);
    expect(after?.associations.contacts?.map((end) => end.id)).toContain(contact);
  });
});

it("whether a deal is closed follows from its stage", async () => {
  const { ask, emulator } = setUp();
  const properties = { dealname: "D", dealstage: "1790001", pipeline: "912345" };
  const { body } = await ask("POST", "/crm/objects/2026-09/deals", { properties });
  await ask("PATCH", `/crm/objects/2026-09/deals/${body.id}`, { properties: { dealstage: "1790003" } });
  expect(body.properties).toMatchObject({ hs_is_closed: "false" });
  expect(emulator.portal.find("deals", body.id)?.fields).toMatchObject({
    hs_is_closed: "true",
    hs_is_closed_won: "true",
  });
});

describe("scopes", () => {
  it.each([
    ["emails", "/crm/objects/2026-09/emails", "sales-email-read"],
    ["owners", "/crm/owners/2026-09", "crm.objects.owners.read"],
    ["forms", "/marketing/v3/forms", "forms"],
    ["deals", "/crm/objects/2026-09/deals", "crm.objects.deals.read"],
  ])("T19 %s without their scope are a 403 that names it", async (_, path, scope) => {
    const { ask } = setUp(
      {},
      ALL_SCOPES.filter((other) => other !== scope),
    );
    const { status, body } = await ask("GET", path);
    expect([status, body.category, body.errors[0].context.requiredGranularScopes]).toEqual([
      403,
      "MISSING_SCOPES",
      [scope],
    ]);
  });
});
