import { describe, expect, it } from "vitest";
import { claimRow, linkRows } from "./claim-row.ts";
import { loadDomains } from "./domain.ts";
import { normaliseEmail, normaliseEmails } from "./email.ts";

const domains = await loadDomains();
const context = { id: "id-1", rank: 100, source: "acme:c1", domains };

describe("an address", () => {
  it.each([
    ["Ann@ACME.example", "ann@acme.example"],
    ["  ann@acme.example ", "ann@acme.example"],
    ["Ann Lee <ann@acme.example>", "ann@acme.example"],
    ["mailto:ann@acme.example", "ann@acme.example"],
    ["ａnn@acme.example", "ann@acme.example"],
    ["jörg@bücher.example", "jörg@bücher.example"],
    ["ann.lee+crm_1@mail.acme-co.example", "ann.lee+crm_1@mail.acme-co.example"],
  ])("is compared as %s → %s", (raw, normal) => {
    expect(normaliseEmail(raw)).toBe(normal);
  });

  it.each([
    "n/a",
    "",
    "@",
    "a@",
    "@b.example",
    "a@b",
    "a b@c.example",
    "a@b@c.example",
    "a@.example",
    "a@b.example.",
    "a,b@c.example",
    `${"x".repeat(250)}@acme.example`,
    null,
    undefined,
  ])("is none when it reads %j, and matches nobody", (raw) => {
    expect(normaliseEmail(raw)).toBeUndefined();
  });

  it("stands once in a person's list, the primary one first", () => {
    expect(normaliseEmails(["B@x.example", "a@x.example", "b@x.example", "nonsense"])).toEqual([
      "b@x.example",
      "a@x.example",
    ]);
  });
});

describe("a company's domain", () => {
  it.each([
    ["https://www.acme.co.uk/about?x=1", "acme.co.uk"],
    ["ann@mail.acme.co.uk", "acme.co.uk"],
    [" Ann Lee <Ann@ACME.co.uk> ", "acme.co.uk"],
    ["ACME.com", "acme.com"],
    ["shop.myshopify.com", "shop.myshopify.com"],
  ])("of %s is %s", (raw, domain) => {
    expect(domains.company(raw)).toBe(domain);
  });

  it.each(["ann@gmail.com", "outlook.com", "co.uk", "localhost", "not a domain", "192.168.0.1", "", null])(
    "is none for %j, under which strangers would become one company",
    (raw) => {
      expect(domains.company(raw)).toBeUndefined();
    },
  );
});

describe("a claim", () => {
  it("says only what has a value, and knows the company by the vendor's link and by the address", () => {
    const row = claimRow(
      {
        kind: "end_user",
        emails: ["ann@acme.com", "ann@gmail.com"],
        fields: { name: " Ann ", phone: "", job_title: null },
        custom: { score: 3, empty: "", gone: undefined },
        company: { stream: "companies", key: "7" },
      },
      context,
    );
    expect(row).toMatchObject({
      identities: ["ann@acme.com", "ann@gmail.com"],
      fields: { name: "Ann" },
      custom: { score: 3 },
      company: { ref: { stream: "companies", key: "7" }, domain: "acme.com" },
    });
    expect(Object.keys(row.fields)).toEqual(["name"]);
  });

  it("of a company is known by its registrable domains", () => {
    const row = claimRow(
      { kind: "company", domains: ["www.acme.com", "https://acme.com", "gmail.com"], fields: {} },
      context,
    );
    expect(row.identities).toEqual(["acme.com"]);
  });
});

it("a link names each target once, the vendor's own with more weight than an address", () => {
  const rows = linkRows(
    [
      { kind: "end_user", ref: { stream: "contacts", key: "1" }, reason: "association" },
      { kind: "end_user", ref: { stream: "contacts", key: "1" }, reason: "association" },
      { kind: "end_user", email: "ANN@acme.com", reason: "email" },
      { kind: "end_user", email: "nobody", reason: "email" },
      { kind: "company", domain: "gmail.com", reason: "domain" },
    ],
    domains,
  );
  expect(rows).toEqual([
    { kind: "end_user", ref: { stream: "contacts", key: "1" }, reason: "association", score: 1 },
    { kind: "end_user", identity: "ann@acme.com", reason: "email", score: 0.95 },
  ]);
});
