import { describe, expect, it } from "vitest";
import { setUp } from "../../../test/requests.ts";

const PATH = "/crm/objects/2026-09/contacts/search";
const since = (value: number, operator = "GTE") => ({
  filterGroups: [{ filters: [{ propertyName: "lastmodifieddate", operator, value: String(value) }] }],
  sorts: [{ propertyName: "lastmodifieddate", direction: "ASCENDING" }],
});

describe("limits", () => {
  it("F31 stops at 10,000 results, and asking beyond is a 400", async () => {
    const size = { contacts: 10_600, companies: 0, deals: 0, engagements: 0, sameMillisecond: 10_200 };
    const { ask, emulator } = setUp({ size });
    const imported = [...emulator.snapshot(["contacts"]).records.contacts.values()];
    const times = new Map<number, number>();
    for (const { updatedAt } of imported) times.set(updatedAt, (times.get(updatedAt) ?? 0) + 1);
    const [millisecond, count] = [...times].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
    expect(count).toBeGreaterThan(10_000);
    const query = { ...since(millisecond, "EQ"), limit: 200, after: "9800" };
    const last = await ask("POST", PATH, query);
    expect(last.body.total).toBe(count);
    expect(last.body.results).toHaveLength(200);
    expect(last.body.paging.next.after).toBe("10000");
    const beyond = await ask("POST", PATH, { ...query, after: "10000" });
    expect([beyond.status, beyond.body.category]).toEqual([400, "VALIDATION_ERROR"]);
    // The way out: pin the millisecond and go on by id.
    const keys = {
      filterGroups: [
        {
          filters: [
            { propertyName: "lastmodifieddate", operator: "EQ", value: String(millisecond) },
            { propertyName: "hs_object_id", operator: "GT", value: last.body.results.at(-1).id },
          ],
        },
      ],
      sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
      limit: 200,
    };
    expect((await ask("POST", PATH, keys)).body.total).toBe(count - 10_000);
  });

  it.each([
    ["a page above 200", { limit: 201 }],
    ["two sorts", { sorts: [{ propertyName: "email" }, { propertyName: "lastname" }] }],
    ["six groups", { filterGroups: Array.from({ length: 6 }, () => ({ filters: [] })) }],
    [
      "seven filters in a group",
      { filterGroups: [{ filters: Array(7).fill({ propertyName: "email", operator: "HAS_PROPERTY" }) }] },
    ],
    ["a body of more than 3,000 characters", { query: "x".repeat(3_000) }],
    [
      "an unknown property",
      { filterGroups: [{ filters: [{ propertyName: "nope", operator: "HAS_PROPERTY" }] }] },
    ],
  ])("refuses %s with 400", async (_, body) => {
    expect((await setUp().ask("POST", PATH, body)).status).toBe(400);
  });

  it("refuses to filter emails by their HTML", async () => {
    const filters = [{ propertyName: "hs_email_html", operator: "CONTAINS_TOKEN", value: "x" }];
    const answer = await setUp().ask("POST", "/crm/objects/2026-09/emails/search", {
      filterGroups: [{ filters }],
    });
    expect(answer.status).toBe(400);
  });
});

describe("eventual consistency", () => {
  it("F32 shows an older version until the lag has passed, while a read by id shows the new one", async () => {
    const { ask, clock, emulator } = setUp({ searchLagMs: 5_000 });
    const [id = ""] = emulator.snapshot(["contacts"]).records.contacts.keys();
    const before = clock.now();
    const made = emulator.portal.create("contacts", { firstname: "Late" });
    emulator.portal.update("contacts", id, { jobtitle: "Changed" });
    expect(
      (await ask("GET", `/crm/objects/2026-09/contacts/${id}?properties=jobtitle`)).body.properties.jobtitle,
    ).toBe("Changed");
    expect((await ask("POST", PATH, since(before))).body.total).toBe(0);
    await clock.advance(4_999);
    expect((await ask("POST", PATH, since(before))).body.total).toBe(0);
    await clock.advance(1);
    const found = await ask("POST", PATH, since(before));
    expect(found.body.results.map((r: { id: string }) => r.id).sort()).toEqual([id, made.id].sort());
  });

  it("goes on showing an archived record until the lag has passed, and never after", async () => {
    const { ask, clock, emulator } = setUp({ searchLagMs: 1_000 });
    const [id = ""] = emulator.snapshot(["contacts"]).records.contacts.keys();
    const byId = {
      filterGroups: [{ filters: [{ propertyName: "hs_object_id", operator: "EQ", value: id }] }],
    };
    emulator.portal.archive("contacts", id);
    expect((await ask("POST", PATH, byId)).body.total).toBe(1);
    await clock.advance(1_000);
    expect((await ask("POST", PATH, byId)).body.total).toBe(0);
  });
});

describe("filters", () => {
  it("IN on text needs lower-case values", async () => {
    const { ask, emulator } = setUp();
    emulator.portal.create("contacts", { email: "Mixed@Example.com" });
    const find = async (value: string) =>
      (
        await ask("POST", PATH, {
          filterGroups: [{ filters: [{ propertyName: "email", operator: "IN", values: [value] }] }],
        })
      ).body.total;
    expect([await find("mixed@example.com"), await find("Mixed@Example.com")]).toEqual([1, 0]);
  });

  it("finds by association, by token with a wildcard, and by the free query", async () => {
    const { ask, emulator } = setUp();
    const [company] = emulator.snapshot(["companies"]).records.companies.values();
    const contact = emulator.portal.create(
      "contacts",
      { firstname: "Xylophon", email: "xylo@phon.example" },
      [{ to: { type: "companies", id: company?.id ?? "" } }],
    );
    const ids = async (body: object) =>
      (await ask("POST", PATH, { limit: 200, ...body })).body.results.map((r: { id: string }) => r.id);
    const filter = (propertyName: string, operator: string, value = "") => ({
      filterGroups: [{ filters: [{ propertyName, operator, value }] }],
    });
    expect(await ids(filter("associations.company", "EQ", company?.id))).toContain(contact.id);
    expect(await ids(filter("firstname", "CONTAINS_TOKEN", "xylo*"))).toEqual([contact.id]);
    expect(await ids({ query: "xylophon" })).toEqual([contact.id]);
  });
});
