import { describe, expect, it } from "vitest";
import { deskActions, deskWorld } from "../../test/acme-actions.ts";
import type { ApprovalOptions } from "../index.ts";
import { approvalPolicy, neededFor } from "./policy.ts";

const per = "org" as const;

describe("the policy of approvals", () => {
  it.each<[string, ApprovalOptions]>([
    ["no role", { roles: [] }],
    ["a role that is no text", { roles: [""] }],
    ["a cool-down that is none", { coolDownHours: -1 }],
    ["a cool-down that is no number", { coolDownHours: Number.NaN }],
    ["a cap of none", { pendingPerAgent: 0 }],
    ["half a cap", { pendingPerOrg: 1.5 }],
    ["an amount that is a float", { twoAbove: { eur: 0.5 } }],
    ["an amount below zero", { twoAbove: { eur: -1 } }],
    ["a currency in capitals", { twoAbove: { EUR: 1 } }],
    ["a limit of nothing", { limits: [{ per, currency: "eur", amountMinor: 0, hours: 1 }] }],
    ["a limit without a time", { limits: [{ per, currency: "eur", amountMinor: 1, hours: 0 }] }],
    ["a limit beyond 2^53", { limits: [{ per, currency: "eur", amountMinor: 2 ** 53, hours: 1 }] }],
    ["a limit per nobody", { limits: [{ per: "all" as never, currency: "eur", amountMinor: 1, hours: 1 }] }],
    ["a limit of no currency", { limits: [{ per, currency: "euros", amountMinor: 1, hours: 1 }] }],
  ])("T52 refuses %s at start", async (_, approvals) => {
    expect(() => approvalPolicy(approvals)).toThrow(
      expect.objectContaining({ code: "configuration_invalid" }),
    );
    await expect(deskWorld({ approvals })).rejects.toMatchObject({ code: "configuration_invalid" });
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
    const limits = [{ per, currency: "eur", amountMinor: 5, hours: 2 }];
    expect(approvalPolicy({ limits }).limits).toEqual([
      { per, currency: "eur", amountMinor: 5, windowMs: 7_200_000 },
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
