import { describe, expect, it } from "vitest";
import { manualClock } from "../../clock.ts";
import { hubspotEmulator } from "../emulator.ts";

const SCOPES = [
  "crm.objects.contacts.read",
  "crm.objects.contacts.write",
  "crm.objects.deals.read",
  "crm.objects.deals.write",
];

function world(scopes = SCOPES) {
  const clock = manualClock();
  const emulator = hubspotEmulator({
    clock,
    limits: "none",
    size: { companies: 1, contacts: 2, deals: 0, engagements: 0 },
  });
  const authorization = `Bearer ${emulator.issueKey({ scopes })}`;
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await emulator.fetch(
      new Request(`https://api.hubapi.com/crm/objects/2026-09/${path}`, {
        method,
        headers: { authorization },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    return { status: answer.status, body: await answer.json() };
  };
  return { clock, emulator, ask };
}

const deal = (more: object = {}) => ({ properties: { dealname: "A", dealstage: "contractsent", ...more } });
const refusals = (message: string) =>
  JSON.parse(message.replace("Property values were not valid: ", "")) as { name: string; error: string }[];

describe("writes", () => {
  it.each([
    ["deals", deal({ dealstage: "Contract Sent" }), "dealstage", "INVALID_OPTION"],
    ["deals", deal({ pipeline: "912345" }), "dealstage", "INVALID_OPTION"],
    ["deals", deal({ dealtype: "gift" }), "dealtype", "INVALID_OPTION"],
    ["deals", deal({ amount: "a lot" }), "amount", "INVALID_LONG"],
    ["deals", deal({ hubspot_owner_id: "1" }), "hubspot_owner_id", "INVALID_OWNER_ID"],
    ["tasks", { properties: { hs_timestamp: "1", hs_task_type: "LUNCH" } }, "hs_task_type", "INVALID_OPTION"],
    ["notes", { properties: { hs_timestamp: "1", note: "x" } }, "note", "PROPERTY_DOESNT_EXIST"],
  ])("to %s refuse %j: %s is %s", async (type, body, name, error) => {
    const { ask, emulator } = world();
    const answer = await ask("POST", type, body);
    expect(answer).toMatchObject({ status: 400, body: { category: "VALIDATION_ERROR" } });
    expect(refusals(answer.body.message)).toEqual([
      { isValid: false, name, error, message: expect.any(String) },
    ]);
    expect(emulator.portal.portal.objects[type as "deals"].records).toEqual([]);
    expect(emulator.ledger.requests[0]).not.toHaveProperty("effect");
  });

  it("name every value that does not fit", async () => {
    const { ask } = world();
    const { body } = await ask("POST", "deals", deal({ pipeline: "gone", amount: "x" }));
    expect(refusals(body.message).map(({ name }) => name)).toEqual(["pipeline", "amount"]);
  });

  it("take an empty value, which clears, and a stage of the deal's own pipeline", async () => {
    const { ask } = world();
    const { body } = await ask("POST", "deals", deal({ pipeline: "912345", dealstage: "1790001" }));
    expect(
      (await ask("PATCH", `deals/${body.id}`, { properties: { dealstage: "1790002", dealtype: "" } })).status,
    ).toBe(200);
    expect(
      (await ask("PATCH", `deals/${body.id}`, { properties: { dealstage: "contractsent" } })).status,
    ).toBe(400);
  });

  it.each([
    ["deals", "crm.objects.deals.write"],
    ["notes", "crm.objects.contacts.write"],
    ["tasks", "crm.objects.contacts.write"],
  ])("to %s need %s", async (type, scope) => {
    const { ask } = world(SCOPES.filter((one) => one !== scope));
    expect(await ask("POST", type, deal())).toMatchObject({
      status: 403,
      body: { category: "MISSING_SCOPES", errors: [{ context: { requiredGranularScopes: [scope] } }] },
    });
  });
});

describe("the ledger", () => {
  it.each([
    [
      "deals",
      { properties: { dealname: "A", dealstage: "contractsent", description: "Text\n\nRef. abc-1" } },
      "abc-1",
    ],
    ["notes", { properties: { hs_timestamp: "1", hs_note_body: "Text<br><br>Ref. abc-2" } }, "abc-2"],
    ["tasks", { properties: { hs_timestamp: "1", hs_task_body: "<p>Ref. abc-3</p>" } }, "abc-3"],
    ["notes", { properties: { hs_timestamp: "1" } }, ""],
  ])(
    "F13 shows what a write to %s left behind, by its mark, also when the answer was lost",
    async (type, body, mark) => {
      const { ask, emulator } = world();
      emulator.faults.add({ times: 1, effect: { type: "reset", afterBytes: 0 } });
      await expect(ask("POST", type, body)).rejects.toThrow();
      const [record] = emulator.portal.portal.objects[type as "deals"].records;
      expect(emulator.ledger.requests[0]).toMatchObject({
        status: 0,
        executed: true,
        effect: { operation: "create", id: record!.id, mark },
      });
    },
  );

  it("shows updates too, and none where HubSpot did nothing", async () => {
    const { ask, emulator } = world();
    const { id } = emulator.portal.create("contacts", { email: "ada@example.com" });
    await ask("PATCH", `contacts/${id}`, { properties: { jobtitle: "CTO" } });
    emulator.faults.add({ times: 1, effect: { type: "status", status: 500, executed: true } });
    await ask("PATCH", `contacts/${id}`, { properties: { jobtitle: "CEO" } });
    emulator.faults.add({ times: 1, effect: { type: "status", status: 500 } });
    await ask("PATCH", `contacts/${id}`, { properties: { jobtitle: "CFO" } });
    expect(emulator.ledger.requests.map(({ effect }) => effect?.operation)).toEqual([
      "update",
      "update",
      undefined,
    ]);
    expect(emulator.portal.find("contacts", id)?.fields.jobtitle).toBe("CEO");
  });
});

describe("property history", () => {
  it("names every value with its time, newest first", async () => {
    const { ask, clock, emulator } = world();
    const { id } = emulator.portal.create("contacts", { email: "ada@example.com" });
    await clock.advance(1_000);
    emulator.portal.update("contacts", id, { jobtitle: "CTO" });
    await clock.advance(1_000);
    emulator.portal.update("contacts", id, { email: "byron@example.com" });
    const { body } = await ask("GET", `contacts/${id}?propertiesWithHistory=email,jobtitle,phone`);
    expect(body.propertiesWithHistory).toEqual({
      email: [
        { value: "byron@example.com", timestamp: "2026-11-21T00:00:02.000Z", sourceType: "API" },
        { value: "ada@example.com", timestamp: "2026-11-21T00:00:00.000Z", sourceType: "API" },
      ],
      jobtitle: [{ value: "CTO", timestamp: "2026-11-21T00:00:01.000Z", sourceType: "API" }],
      phone: [],
    });
  });

  it("remembers what a merge brought", async () => {
    const { ask, clock, emulator } = world();
    const winner = emulator.portal.create("contacts", { firstname: "Ada" });
    const other = emulator.portal.create("contacts", { email: "ada@example.com" });
    await clock.advance(1_000);
    emulator.portal.merge("contacts", winner.id, other.id);
    const { body } = await ask("GET", `contacts/${winner.id}?propertiesWithHistory=email`);
    expect(body.propertiesWithHistory.email).toMatchObject([
      { value: "ada@example.com", timestamp: "2026-11-21T00:00:01.000Z" },
    ]);
  });
});
