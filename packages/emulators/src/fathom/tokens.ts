import { sealedTokens } from "../sealed-tokens.ts";

/** Who asks: a person's key, or an app in a person's name. */
export interface FathomGrant {
  readonly kind: "key" | "oauth";
  /** Number of the organisation. */
  readonly account: number;
  readonly email: string;
}

export type TokenState = "live" | "unknown" | "expired" | "revoked";

export interface ReadToken {
  readonly state: TokenState;
  readonly grant: FathomGrant | undefined;
}

export interface FathomTokens {
  issueKey(grant: Omit<FathomGrant, "kind">): string;
  issueAccess(grant: Omit<FathomGrant, "kind">, expiresAt: number): string;
  issueRefresh(grant: Omit<FathomGrant, "kind">): string;
  readKey(key: string, now: number): ReadToken;
  readAccess(token: string, now: number): ReadToken;
  readRefresh(token: string, now: number): ReadToken;
  /** Takes effect at `at`, epoch ms. */
  revoke(token: string, at?: number): void;
  /** Ends all that an app was given so far by a person. */
  end(account: number, email: string): void;
}

const KEY = "fk_";
const ACCESS = "fat_";
const REFRESH = "frt_";

export function createTokens(secret: string): FathomTokens {
  const sealed = sealedTokens(secret);
  const revokedAt = new Map<string, number>();
  /** The last token that an end has reached. */
  const floor = new Map<string, number>();

  const read = (prefix: string, token: string, now: number): ReadToken => {
    const content = sealed.open<{ grant: FathomGrant; expiresAt?: number }>([prefix], token);
    if (!content) return { state: "unknown", grant: undefined };
    const { expiresAt = Number.POSITIVE_INFINITY, grant, n } = content;
    const ended = grant.kind === "oauth" && n <= (floor.get(`${grant.account}:${grant.email}`) ?? 0);
    if (ended || (revokedAt.get(token) ?? Number.POSITIVE_INFINITY) <= now)
      return { state: "revoked", grant };
    return { state: expiresAt <= now ? "expired" : "live", grant };
  };

  return {
    issueKey: (grant) => sealed.seal(KEY, { grant: { ...grant, kind: "key" } }),
    issueAccess: (grant, expiresAt) => sealed.seal(ACCESS, { grant: { ...grant, kind: "oauth" }, expiresAt }),
    issueRefresh: (grant) => sealed.seal(REFRESH, { grant: { ...grant, kind: "oauth" } }),
    readKey: (key, now) => read(KEY, key, now),
    readAccess: (token, now) => read(ACCESS, token, now),
    readRefresh: (token, now) => read(REFRESH, token, now),
    revoke: (token, at = 0) => void revokedAt.set(token, Math.min(at, revokedAt.get(token) ?? at)),
    end: (account, email) => void floor.set(`${account}:${email}`, sealed.serial),
  };
}
