import { describe, expect, it } from "vitest";
import { paths } from "../paths.ts";
import type { HubSpotReferences } from "../references.ts";
import { companies } from "./companies.ts";
import { contacts } from "./contacts.ts";
import { deals } from "./deals.ts";

const api = paths("2026-09");
const refs: HubSpotReferences = {
  owners: new Map([["7", { name: "Ada Byron", email: "ada@halo.example" }]]),
  pipelines: new Map([
    [
      "default",
      { label: "Sales", stages: new Map([["won", { label: "Closed won", isClosed: true, isWon: true }]]) },
    ],
  ]),
};

const raw = (properties: Record<string, string | null>, associations: Record<string, string[]> = {}) => ({
  id: "12",
  properties,
  createdAt: "2026-11-20T08:00:00.000Z",
  updatedAt: "2026-11-20T09:00:00.000Z",
  associations: Object.fromEntries(
    Object.entries(associations).map(([to, ids]) => [to, { results: ids.map((id) => ({ id, type: "x" })) }]),
  ),
});

describe("contacts", () => {
  const stream = contacts(api);
  const contact = (...given: Parameters<typeof raw>) => stream.record.parse(raw(...given));

  it("claim a person with all their addresses, the primary one first", () => {
    const jo = contact({
      email: "jo@acme.example",
      hs_additional_emails: "jo@old.example; j@b.example",
      firstname: "Jo",
    });
    expect(stream.customer?.(jo, refs)).toMatchObject({
      kind: "end_user",
      emails: ["jo@acme.example", "jo@old.example", "j@b.example"],
      fields: { name: "Jo" },
    });
  });

  it.each([
    [["3", "20"], "20", "20"],
    [["3", "20"], "99", "3"],
    [["20", "3"], null, "3"],
    [[], "99", undefined],
  ])("belong to the primary of the companies %j (%s: %s)", (ids, primary, key) => {
    const jo = contact({ associatedcompanyid: primary }, { companies: ids });
    const claim = stream.customer?.(jo, refs);
    expect(claim?.kind === "end_user" && claim.company?.key).toBe(key);
  });

  it("name what was merged into them, never themselves", () => {
    expect(stream.mergedKeys?.(contact({ hs_merged_object_ids: "5;12;8" }))).toEqual(["5", "8"]);
  });

  it("have null for an empty value", () => {
    expect(stream.row(contact({ email: "", phone: null }), refs)).toMatchObject({ email: null, phone: null });
  });
});

describe("companies", () => {
  const stream = companies(api);
  const company = (properties: Record<string, string | null>) => stream.record.parse(raw(properties));

  it("claim every domain that they have", () => {
    const acme = company({
      domain: "acme.example",
      hs_additional_domains: "acme.test;a.test",
      website: "www.acme.example",
    });
    expect(stream.customer?.(acme, refs)).toMatchObject({
      kind: "company",
      domains: ["acme.example", "acme.test", "a.test", "www.acme.example"],
    });
  });

  it.each([
    ["12", "12"],
    ["12.0", "12"],
    ["12.5", null],
    ["about ten", null],
    ["1,200", null],
    ["", null],
    ["9".repeat(40), null],
  ])("have %j employees: %s", (numberofemployees, employee_count) => {
    expect(stream.row(company({ numberofemployees }), refs)).toMatchObject({ employee_count });
  });
});

describe("deals", () => {
  const stream = deals(api);
  const deal = (properties: Record<string, string | null>) => stream.record.parse(raw(properties));

  it("show pipeline, stage and owner by name", () => {
    const given = deal({ pipeline: "default", dealstage: "won", hubspot_owner_id: "7", amount: "1500.00" });
    expect(stream.row(given, refs)).toMatchObject({
      pipeline: "Sales",
      stage: "Closed won",
      is_closed: true,
      is_won: true,
      owner_name: "Ada Byron",
      amount: "1500.00",
    });
  });

  it("show ids where the names are not known", () => {
    const given = deal({ pipeline: "gone", dealstage: "gone", hubspot_owner_id: "8", amount: "a lot" });
    expect(stream.row(given, refs)).toMatchObject({
      pipeline_id: "gone",
      pipeline: null,
      stage: null,
      is_won: null,
      owner_id: "8",
      owner_name: null,
      amount: null,
    });
  });

  it.each([
    ["2026-11-20T08:00:00Z", "2026-11-20T08:00:00.000Z"],
    ["1763625600000", "2025-11-20T08:00:00.000Z"],
    ["2026-11-20", "2026-11-20T00:00:00.000Z"],
    ["soon", null],
  ])("close at %s: %s", (closedate, close_date) => {
    expect(stream.row(deal({ closedate }), refs)).toMatchObject({ close_date });
  });
});

describe("columns", () => {
  it.each([contacts(api), companies(api), deals(api)])(
    "of $id are filled by its rows, each of them",
    (stream) => {
      expect(Object.keys(stream.row(stream.record.parse(raw({})), refs)).sort()).toEqual(
        Object.keys(stream.columns).sort(),
      );
    },
  );
});
