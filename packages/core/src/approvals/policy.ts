import type { AnyAction } from "../define/action.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import { ConfigurationError } from "../errors.ts";
import type { Person } from "../halo/approvals-surface.ts";
import type { MoneyLimit } from "../ports/approval-store.ts";
import type { ClickedBy } from "./clicks.ts";

const hourMs = 60 * 60_000;

/** Who decides what agents propose, and how far anybody may go. */
export interface ApprovalOptions {
  /** Roles of which a person needs one to approve or to reject. Default `["admin", "approver"]`. */
  readonly roles?: readonly string[];
  /**
   * What roles a person has at this moment: asked at the click, and again right before the execution, so that somebody who lost
   * the role in between lets nothing through. Absent: the roles that came with the click count.
   */
  readonly rolesOf?: (person: {
    readonly orgId: string;
    readonly id: string;
  }) => readonly string[] | Promise<readonly string[]>;
  /**
   * Who somebody is that clicked in a vendor's pages (Slack), by the address that the vendor has of them: your own id of them, and
   * their roles at this moment. Undefined: nobody who may decide. Absent: nobody decides from there.
   */
  readonly personOf?: (
    clicked: ClickedBy,
  ) => Omit<Person, "kind"> | undefined | Promise<Omit<Person, "kind"> | undefined>;
  /**
   * Above this many minor units of a currency two people are needed: `{ eur: 20_000 }`. A currency that is not named needs two
   * always, as soon as one is named.
   */
  readonly twoAbove?: { readonly [currency: string]: number };
  /**
   * What may be executed within a time, in sum. As soon as there is one, money of a currency that none names is refused.
   */
  readonly limits?: readonly {
    readonly per: "org" | "agent" | "customer";
    readonly currency: string;
    readonly amountMinor: number;
    readonly hours: number;
  }[];
  /** How long a rejection holds: the same is not even asked for. Default 24. */
  readonly coolDownHours?: number;
  /** Proposals of one agent that may wait at once. Default 20. */
  readonly pendingPerAgent?: number;
  /** Of an org. Default 100. */
  readonly pendingPerOrg?: number;
}

/** As `createHalo` was given it, checked, with its defaults. */
export interface ApprovalPolicy {
  readonly roles: ReadonlySet<string>;
  readonly rolesOf: ApprovalOptions["rolesOf"];
  readonly personOf: ApprovalOptions["personOf"];
  readonly twoAbove: ReadonlyMap<string, number>;
  readonly limits: readonly MoneyLimit[];
  readonly coolDownMs: number;
  readonly pendingPerAgent: number;
  readonly pendingPerOrg: number;
}

/** How long a proposal waits (A5). */
export const expiryMs = 24 * hourMs;
export const moneyExpiryMs = 4 * hourMs;

/** Throws `configuration_invalid`. */
export function approvalPolicy(
  options: ApprovalOptions = {},
  integrations: readonly IntegrationDefinition[] = [],
): ApprovalPolicy {
  for (const integration of integrations) for (const action of integration.actions ?? []) check(action);
  const { coolDownHours = 24, pendingPerAgent = 20, pendingPerOrg = 100, rolesOf } = options;
  const roles = options.roles ?? ["admin", "approver"];
  if (roles.length === 0 || roles.some((role) => typeof role !== "string" || role === "")) {
    throw wrong("roles", "at least one role, as text");
  }
  if (!(coolDownHours >= 0 && coolDownHours <= 24 * 365)) throw wrong("coolDownHours", "0 or more hours");
  for (const [name, most] of Object.entries({ pendingPerAgent, pendingPerOrg })) {
    if (!Number.isSafeInteger(most) || most < 1) throw wrong(name, "a whole number above 0");
  }
  const twoAbove = new Map(Object.entries(options.twoAbove ?? {}));
  for (const [currency, amount] of twoAbove) checkAmount("twoAbove", currency, amount, 0);
  const limits = (options.limits ?? []).map(({ amountMinor, currency, hours, per }): MoneyLimit => {
    checkAmount("limits", currency, amountMinor, 1);
    if (!["org", "agent", "customer"].includes(per)) throw wrong("limits", "per org, agent or customer");
    if (!(hours > 0 && hours <= 24 * 366)) throw wrong("limits", "hours above 0");
    return { per, currency, amountMinor, windowMs: hours * hourMs };
  });
  return {
    roles: new Set(roles),
    rolesOf,
    personOf: options.personOf,
    twoAbove,
    limits,
    coolDownMs: coolDownHours * hourMs,
    pendingPerAgent,
    pendingPerOrg,
  };
}

/** How many people an amount needs (A6). */
export function neededFor(
  { twoAbove }: ApprovalPolicy,
  money: { readonly amountMinor: number; readonly currency: string } | undefined,
): number {
  if (!money || twoAbove.size === 0) return 1;
  const most = twoAbove.get(money.currency);
  return most !== undefined && money.amountMinor <= most ? 1 : 2;
}

function check({ approval, consent, id, review }: AnyAction): void {
  if (approval === "human" && consent !== undefined) {
    throw new ConfigurationError(`"${id}" asks both its user and a person of the team: choose one.`, {
      option: "integrations",
    });
  }
  if (review && approval !== "human") {
    throw new ConfigurationError(`"${id}" has a review, and nobody who reviews: set approval: "human".`, {
      option: "integrations",
    });
  }
}

function checkAmount(option: string, currency: string, amount: number, least: number): void {
  if (!/^[a-z]{3}$/.test(currency)) throw wrong(option, 'currencies as three lower-case letters, "eur"');
  if (!Number.isSafeInteger(amount) || amount < least) throw wrong(option, "whole minor units");
}

function wrong(option: string, expected: string): ConfigurationError {
  return new ConfigurationError(`Give \`approvals.${option}\`: ${expected}.`, {
    option: `approvals.${option}`,
  });
}
