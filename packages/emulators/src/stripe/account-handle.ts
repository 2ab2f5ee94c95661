import type { Clock } from "../clock.ts";
import type { Latency } from "../latency.ts";
import type { StripeAccount } from "./account.ts";
import type { Journal } from "./journal.ts";
import type { Keys } from "./keys.ts";
import type { StripeLimits } from "./limits.ts";
import { createMerchant, type Merchant } from "./merchant.ts";
import { ACCESS_TOKEN_MS } from "./oauth.ts";
import { digestBook, snapshotBook } from "./snapshot.ts";
import type { Mode, StripeAccountHandle } from "./stripe-emulator.ts";
import { theoreticalPlan } from "./theoretical.ts";

export interface HandleParts {
  readonly mode: Mode;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly journal: Journal;
  readonly limits: StripeLimits;
  readonly latency: Latency;
  readonly permissions: readonly string[];
  install(account: StripeAccount, mode: Mode): void;
  uninstall(account: StripeAccount, mode: Mode): void;
}

export function createHandle(account: StripeAccount, parts: HandleParts): StripeAccountHandle {
  const { clock, install, journal, keys, latency, limits, uninstall } = parts;
  const accountId = account.facts.id;
  const merchantOf = (mode: Mode): Merchant =>
    createMerchant(account[mode], () => journal.scene(account[mode]));
  const merchants: Readonly<Record<Mode, Merchant>> = { test: merchantOf("test"), live: merchantOf("live") };
  return {
    ...merchants[parts.mode],
    id: accountId,
    mode: parts.mode,
    account,
    book: account[parts.mode],
    in: (mode) => merchants[mode],
    issueKey({ mode = parts.mode, permissions } = {}) {
      const kind = permissions ? "restricted" : "secret";
      return keys.issueKey({ accountId, livemode: mode === "live", kind, permissions });
    },
    issueAccessToken({
      expiresInMs = ACCESS_TOKEN_MS,
      mode = parts.mode,
      permissions = parts.permissions,
    } = {}) {
      if (!account.installed.has(mode)) install(account, mode);
      const grant = { accountId, livemode: mode === "live", kind: "oauth", permissions } as const;
      return keys.issueAccess(grant, clock.now() + expiresInMs);
    },
    revokeKey: (key, why) => keys.revoke(key, why),
    install: (mode = parts.mode) => install(account, mode),
    uninstall: (mode = parts.mode) => uninstall(account, mode),
    catchUp: (mode = parts.mode) => void journal.scene(account[mode]),
    snapshot: ({ kinds, mode = parts.mode } = {}) => snapshotBook(account[mode], kinds),
    digest: (mode = parts.mode) => digestBook(account[mode]),
    theoretical: ({ kinds, mode = parts.mode } = {}) =>
      theoreticalPlan(account[mode], limits.values, latency, kinds),
  };
}
