import { describe, expect, it } from "vitest";
import { deskActions, deskWorld } from "../../test/acme-actions.ts";
import type { ApprovalOptions } from "../index.ts";
import { approvalPolicy, neededFor } from "./policy.ts";

const limit = { per: "org", currency: "eur", amountMinor: 1, hours: 1 } as const;

describe("the policy of approvals", () => {
  it.each<[string, string, ApprovalOptions]>([
    ["no role", "roles", { roles: [] }],
    ["a role without a name", "roles", { roles: ["admin", ""] }],
    ["a role that is no text", "roles", { roles: [7 as never] }],
    ["a cool-down below zero", "coolDownHours", { coolDownHours: -1 }],
    ["a cool-down that is no number", "coolDownHours", { coolDownHours: Number.NaN }],
    ["a cool-down of more than a year", "coolDownHours", { coolDownHours: 8_761 }],
    ["a cap of none", "pendingPerAgent", { pendingPerAgent: 0 }],
    ["half a cap", "pendingPerOrg", { pendingPerOrg: 1.5 }],
    ["an amount that is a float", "twoAbove", { twoAbove: { eur: 0.5 } }],
    ["an amount below zero", "twoAbove", { twoAbove: { eur: -1 } }],
    ["a currency in capitals", "twoAbove", { twoAbove: { EUR: 1 } }],
    ["a currency with something before it", "twoAbove", { twoAbove: { "1eur": 1 } }],
    ["a limit of nothing", "limits", { limits: [{ ...limit, amountMinor: 0 }] }],
    ["a limit without a time", "limits", { limits: [{ ...limit, hours: 0 }] }],
    ["a limit whose time is no number", "limits", { limits: [{ ...limit, hours: Number.NaN }] }],
    ["a limit for more than a year", "limits", { limits: [{ ...limit, hours: 8_785 }] }],
    ["a limit beyond 2^53", "limits", { limits: [{ ...limit, amountMinor: 2 ** 53 }] }],
    ["a limit per nobody", "limits", { limits: [{ ...limit, per: "all" as never }] }],
    ["a limit of no currency", "limits", { limits: [{ ...limit, currency: "euros" }] }],
  ])("T52 refuses %s at start", async (_, option, approvals) => {
    const refusal = { code: "configuration_invalid", option: `approvals.${option}` };
    expect(() => approvalPolicy(approvals)).toThrow(expect.objectContaining(refusal));
    await expect(deskWorld({ approvals })).rejects.toMatchObject(refusal);
  });

  it.each<ApprovalOptions>([
    { roles: ["treasurer"] },
    { coolDownHours: 0 },
    { coolDownHours: 8_760 },
    { pendingPerAgent: 1, pendingPerOrg: 1 },
    { twoAbove: { eur: 0 } },
    { limits: [{ ...limit, amountMinor: 1, hours: 0.5 }] },
    { limits: [{ ...limit, per: "agent", hours: 8_784 }] },
    { limits: [{ ...limit, per: "customer" }] },
  ])("takes %j", (approvals) => {
    expect(() => approvalPolicy(approvals)).not.toThrow();
  });

  it("takes an action that asks one, and a review that somebody reads", () => {
    const [ticket] = deskActions;
    const review = () => ({ preview: { summary: "" } });
    for (const more of [{ consent: "user" }, { approval: "human" }, { approval: "human", review }]) {
      const integrations = [{ actions: [{ ...ticket, ...more }] }, {}] as never;
      expect(() => approvalPolicy({}, integrations)).not.toThrow();
    }
  });

  it("T52 refuses an action that asks two, and a review that nobody reads", () => {
    const [ticket] = deskActions;
    const integration = (more: object) => [{ actions: [{ ...ticket, ...more }] }] as never;
    for (const more of [
      { approval: "human", consent: "user" },
      { review: () => ({ preview: { summary: "" } }) },
    ]) {
      expect(() => approvalPolicy({}, integration(more))).toThrow(
        expect.objectContaining({ code: "configuration_invalid", option: "integrations" }),
      );
    }
  });

  it("has defaults that hold", () => {
    expect(approvalPolicy()).toMatchObject({
      roles: new Set(["admin", "approver"]),
      coolDownMs: 86_400_000,
      pendingPerAgent: 20,
      pendingPerOrg: 100,
      limits: [],
    });
    const limits = [{ ...limit, amountMinor: 5, hours: 2 }];
    expect(approvalPolicy({ limits }).limits).toEqual([
      { per: "org", currency: "eur", amountMinor: 5, windowMs: 7_200_000 },
    ]);
  });

  it.each([
    [{}, { amountMinor: 10 ** 9, currency: "eur" }, 1],
    [{ eur: 100 }, undefined, 1],
    [{ eur: 100 }, { amountMinor: 100, currency: "eur" }, 1],
    [{ eur: 100 }, { amountMinor: 101, currency: "eur" }, 2],
    [{ eur: 100 }, { amountMinor: 1, currency: "usd" }, 2],
    [{ eur: 0 }, { amountMinor: 1, currency: "eur" }, 2],
  ])("A6 with %j, %j needs %i", (twoAbove, money, people) => {
    expect(neededFor(approvalPolicy({ twoAbove: twoAbove as never }), money)).toBe(people);
  });
});
