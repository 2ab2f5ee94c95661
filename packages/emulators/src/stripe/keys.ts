import { hashSeed, mixSeed } from "../random.ts";
import { sealedTokens } from "../sealed-tokens.ts";
import { refuse } from "./api/errors.ts";
import { letters } from "./book/book.ts";

/** What a key or token stands for. */
export interface Grant {
  readonly accountId: string;
  readonly livemode: boolean;
  /** `platform`: the key of the app's developer, which acts for accounts that it is connected to. */
  readonly kind: "secret" | "restricted" | "oauth" | "platform";
  /** Such as `customer_read` or `charge_write`; undefined for a key that may do all. */
  readonly permissions: readonly string[] | undefined;
}

export interface Keys {
  /** The same for the same grant. */
  issueKey(grant: Grant): string;
  issueAccess(grant: Grant, expiresAt: number): string;
  issueRefresh(grant: Grant, expiresAt: number): string;
  /** `expired` and `unknown` say why there is no grant. */
  read(key: string, now: number): Grant | "expired" | "unknown" | "publishable";
  readRefresh(token: string, now: number): Grant | undefined;
  /** The key or token is good no more; a key can also expire, as the vendor lets owners choose. */
  revoke(key: string, why?: "expired" | "unknown"): void;
  /** Kills an app's tokens for one account and mode. */
  uninstall(accountId: string, livemode: boolean): void;
}

export function createKeys(seed: number, secret: string): Keys {
  const sealed = sealedTokens(secret);
  const keys = new Map<string, Grant>();
  const dead = new Map<string, "expired" | "unknown">();
  const floor = new Map<string, number>();
  const homeOf = ({ accountId, livemode }: Pick<Grant, "accountId" | "livemode">) =>
    `${accountId}:${livemode}`;
  const open = (prefix: string, token: string) => {
    const content = sealed.open<{ grant: Grant; expiresAt: number }>([prefix], token);
    if (!content || content.n <= (floor.get(homeOf(content.grant)) ?? -1)) return undefined;
    return content;
  };

  return {
    issueKey(grant) {
      const word = grant.kind === "restricted" ? "rk" : "sk";
      const of = hashSeed(`${grant.accountId}:${grant.kind}:${[...(grant.permissions ?? [])].sort().join()}`);
      const text = letters(mixSeed(seed, of, grant.livemode ? 1 : 2), 83);
      const key = `${word}_${grant.livemode ? "live" : "test"}_51${grant.accountId.slice(6, 20)}${text}`;
      keys.set(key, grant);
      dead.delete(key);
      return key;
    },
    // guess: how tokens of Stripe Apps look; nothing says so.
    issueAccess: (grant, expiresAt) =>
      sealed.seal(`sk_${grant.livemode ? "live" : "test"}_app_`, { grant, expiresAt }),
    issueRefresh: (grant, expiresAt) => sealed.seal("rt_", { grant, expiresAt }),
    read(key, now) {
      if (key.startsWith("pk_")) return "publishable";
      const reason = dead.get(key);
      if (reason) return reason;
      const issued = keys.get(key);
      if (issued) return issued;
      const content = open("sk_live_app_", key) ?? open("sk_test_app_", key);
      if (!content) return "unknown";
      return content.expiresAt <= now ? "expired" : content.grant;
    },
    readRefresh(token, now) {
      const content = dead.has(token) ? undefined : open("rt_", token);
      return content && content.expiresAt > now ? content.grant : undefined;
    },
    revoke: (key, why = "unknown") => void dead.set(key, why),
    uninstall: (accountId, livemode) => void floor.set(homeOf({ accountId, livemode }), sealed.serial),
  };
}

/** The key of a request: as bearer, or as the user of Basic. */
export function keyOf(request: Request): string | undefined {
  const [scheme = "", value = ""] = (request.headers.get("authorization") ?? "").split(/\s+/);
  if (scheme.toLowerCase() === "bearer") return value || undefined;
  if (scheme.toLowerCase() !== "basic") return undefined;
  return Buffer.from(value, "base64").toString().split(":")[0] || undefined;
}

/** A key as messages show it. */
export function redacted(key: string): string {
  const head = /^(?:sk|rk|pk)_(?:live|test)_/.exec(key)?.[0] ?? "";
  return `${head}${"*".repeat(Math.max(0, key.length - head.length - 4))}${key.slice(-4)}`;
}

/** The grant of a request's key; throws the vendor's 401. */
export function authenticate(keys: Keys, request: Request, now: number): Grant {
  const key = keyOf(request);
  if (key === undefined) {
    throw refuse(401, {
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    });
  }
  const found = keys.read(key, now);
  switch (found) {
    case "unknown":
      throw refuse(401, { message: `Invalid API Key provided: ${redacted(key)}` });
    case "expired":
      throw refuse(401, { code: "api_key_expired", message: `Expired API Key provided: ${redacted(key)}` });
    case "publishable":
      // guess: 401; the code is the vendor's.
      throw refuse(401, {
        code: "secret_key_required",
        message:
          "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
      });
    default:
      return found;
  }
}

/** Throws the vendor's 403, which names what is missing. Write includes read. */
export function requirePermission(grant: Grant, word: string, right: "read" | "write", key: string): void {
  const { accountId, kind, permissions } = grant;
  if (permissions === undefined) return;
  // What the dashboard calls `accounts_kyc_basic` is `connected_account` in an app's manifest (vendors/stripe.md §1).
  if (kind === "oauth" && word === "accounts_kyc_basic" && permissions.includes("connected_account_read"))
    return;
  if (permissions.includes(`${word}_write`) || (right === "read" && permissions.includes(`${word}_read`)))
    return;
  throw refuse(403, {
    message: `The provided key '${redacted(key)}' does not have the required permissions for this endpoint on account '${accountId}'. Having the 'rak_${word}_${right}' permission would allow this request to continue.`,
  });
}
