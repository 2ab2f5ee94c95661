import { describe, expect, it } from "vitest";
import { argumentsHash, canonicalArguments } from "../actions/canonical.ts";
import type { ActionCall, Approval, Proposal } from "../index.ts";
import { actionCall } from "../testing/action-call.ts";
import { accountText, isUntouched, proposalHash } from "./proposal-hash.ts";

const place = {
  orgId: "o",
  connectionId: "c-1",
  account: "acct_1 live",
  integration: "acme",
  action: "refund",
  version: 1,
  subject: { email: "ada@example.com" },
};
const input = { amount: 1_250 };
const { account: _, ...called } = place;
const call = actionCall({
  ...called,
  id: "a1",
  agentId: "support",
  state: "proposed",
  argumentsHash: argumentsHash(place, canonicalArguments(input)),
  input,
  conversationId: "conv-1",
  createdAt: new Date(0),
});
const about: Omit<Proposal, "hash" | "expiresAt"> = {
  orgId: "o",
  id: "a1",
  account: "acct_1 live",
  requestedBy: "staff-1",
  preview: { summary: "Gives it back.", changes: [{ field: "charge", from: "paid", to: "refunded" }] },
  money: { amountMinor: 1_250, currency: "eur", digits: 2 },
  customer: "cus_1",
  state: { status: "paid" },
  sources: ["hubspot:email:1"],
  needed: 2,
  createdAt: new Date(0),
};
const approval: Approval = {
  call,
  proposal: { ...about, hash: proposalHash(about, call), expiresAt: new Date(1) },
  decisions: [],
};

const otherProposals: readonly (readonly [string, Partial<Proposal>])[] = [
  ["org", { orgId: "p" }],
  ["id", { id: "a2" }],
  ["account", { account: "acct_1 test" }],
  ["person who asked", { requestedBy: "staff-2" }],
  ["person who asked, of whom nothing is said", { requestedBy: undefined }],
  ["summary", { preview: { ...about.preview, summary: "Gives all of it back." } }],
  ["preview without changes", { preview: { summary: "Gives it back." } }],
  ["change", { preview: { ...about.preview, changes: [{ field: "charge", to: "refunded" }] } }],
  ["amount", { money: { amountMinor: 1_251, currency: "eur", digits: 2 } }],
  ["currency", { money: { amountMinor: 1_250, currency: "usd", digits: 2 } }],
  ["number of digits", { money: { amountMinor: 1_250, currency: "eur", digits: 0 } }],
  ["money, which is none", { money: undefined }],
  ["customer", { customer: "cus_2" }],
  ["state at the vendor", { state: { status: "disputed" } }],
  ["source", { sources: ["hubspot:email:2"] }],
  ["sources, of which nothing is known", { sources: undefined }],
  ["number of people", { needed: 1 }],
];
const otherCalls: readonly (readonly [string, Partial<ActionCall>])[] = [
  ["agent", { agentId: "other" }],
  ["conversation", { conversationId: "conv-2" }],
];

describe("A2 the hash that a decision names", () => {
  it.each(otherProposals)("is another one for another %s", (_, change) => {
    expect(proposalHash({ ...about, ...change }, call)).not.toBe(proposalHash(about, call));
  });

  it.each(otherCalls)("is another one for another %s", (_, change) => {
    expect(proposalHash(about, { ...call, ...change })).not.toBe(proposalHash(about, call));
  });

  it("is another one for other arguments", () => {
    const other = argumentsHash(place, canonicalArguments({ amount: 1 }));
    expect(proposalHash(about, { ...call, argumentsHash: other })).not.toBe(proposalHash(about, call));
  });

  it("is the same for the same, however its fields are ordered", () => {
    const money = { digits: 2, currency: "eur", amountMinor: 1_250 };
    expect(proposalHash({ ...about, money }, call)).toBe(approval.proposal.hash);
    expect(approval.proposal.hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("F92 a stored proposal", () => {
  it("is untouched as it was written, its state and its times aside", () => {
    expect(isUntouched(approval)).toBe(true);
    const later = { ...call, state: "approved", attempts: 3, endedAt: new Date(9) } as const;
    expect(isUntouched({ ...approval, call: later })).toBe(true);
  });

  it("of a call without a connection is untouched too", () => {
    const own = { ...call, connectionId: undefined };
    const hash = argumentsHash({ ...place, connectionId: "" }, canonicalArguments(input));
    const unbound = { ...own, argumentsHash: hash };
    const proposal = { ...approval.proposal, hash: proposalHash(about, unbound) };
    expect(isUntouched({ ...approval, call: unbound, proposal })).toBe(true);
  });

  it.each(otherProposals)("with another %s is not", (_, change) => {
    expect(isUntouched({ ...approval, proposal: { ...approval.proposal, ...change } })).toBe(false);
  });

  it.each<readonly [string, Partial<ActionCall>]>([
    ...otherCalls,
    ["org", { orgId: "p" }],
    ["connection", { connectionId: "c-2" }],
    ["integration", { integration: "stripe" }],
    ["action", { action: "cancel" }],
    ["version", { version: 2 }],
    ["subject", { subject: { email: "eve@example.com" } }],
    ["amount among its arguments", { input: { amount: 9_999 } }],
    ["hash of its arguments", { argumentsHash: "0".repeat(64) }],
    ["set of arguments, which hold what no arguments hold", { input: { amount: Number.NaN } }],
  ])("whose call has another %s is not", (_, change) => {
    expect(isUntouched({ ...approval, call: { ...call, ...change } })).toBe(false);
  });

  it("that cannot be read at all is no answer", () => {
    const call = {
      get input(): never {
        throw new TypeError("away");
      },
    };
    expect(() => isUntouched({ ...approval, call } as unknown as Approval)).toThrow(TypeError);
  });
});

describe("T09 the account that a call is bound to", () => {
  it.each([
    [{ id: "acct_1" }, "acct_1"],
    [{ id: "acct_1", details: {} }, "acct_1"],
    [{ id: "acct_1", details: { livemode: "true" } }, "acct_1 live"],
    [{ id: "acct_1", details: { livemode: "false" } }, "acct_1 test"],
  ])("%j is %s", (account, text) => {
    expect(accountText(account)).toBe(text);
  });
});
