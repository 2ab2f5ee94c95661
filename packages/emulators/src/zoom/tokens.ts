import { sealedTokens } from "../sealed-tokens.ts";

/** What a token stands for. */
export interface ZoomGrant {
  /** `user`: somebody consented; `account`: server-to-server; `app`: the app itself, for its event subscriptions. */
  readonly kind: "user" | "account" | "app";
  /** Empty for the app itself. */
  readonly accountId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
}

/** Leave to download the files of one meeting. */
export interface DownloadGrant {
  readonly accountId: string;
  readonly uuid: string;
}

export type TokenState = "live" | "unknown" | "expired" | "revoked";

export interface ReadToken {
  readonly state: TokenState;
  readonly grant: ZoomGrant | undefined;
}

export interface ZoomTokens {
  issueAccess(grant: ZoomGrant, expiresAt: number): string;
  issueRefresh(grant: ZoomGrant, expiresAt: number): string;
  issueDownload(grant: DownloadGrant, expiresAt: number): string;
  readAccess(token: string, now: number): ReadToken;
  readRefresh(token: string, now: number): ReadToken;
  /** Undefined when it is unknown or expired. */
  readDownload(token: string, now: number): DownloadGrant | undefined;
  /** One token, from `at` on. */
  revoke(token: string, at?: number): void;
  /** Ends every token so far of a person, or of all people of the account. */
  end(accountId: string, userId?: string): void;
}

const ACCESS = "zat_";
const REFRESH = "zrt_";
const DOWNLOAD = "zdl_";

export function createTokens(secret: string): ZoomTokens {
  const sealed = sealedTokens(secret);
  const revokedAt = new Map<string, number>();
  /** The last token that an end has reached, by account, or account and person. */
  const floor = new Map<string, number>();
  const personOf = (accountId: string, userId: string) => `${accountId}:${userId}`;

  const read = (prefix: string, token: string, now: number): ReadToken => {
    const content = sealed.open<{ grant: ZoomGrant; expiresAt: number }>([prefix], token);
    if (!content) return { state: "unknown", grant: undefined };
    const { expiresAt, grant, n } = content;
    const reached = [grant.accountId, personOf(grant.accountId, grant.userId)].map(
      (key) => floor.get(key) ?? 0,
    );
    const revoked = (revokedAt.get(token) ?? Number.POSITIVE_INFINITY) <= now;
    if (revoked || n <= Math.max(...reached)) return { state: "revoked", grant };
    return { state: expiresAt <= now ? "expired" : "live", grant };
  };

  return {
    issueAccess: (grant, expiresAt) => sealed.seal(ACCESS, { grant, expiresAt }),
    issueRefresh: (grant, expiresAt) => sealed.seal(REFRESH, { grant, expiresAt }),
    issueDownload: (grant, expiresAt) => sealed.seal(DOWNLOAD, { grant, expiresAt }),
    readAccess: (token, now) => read(ACCESS, token, now),
    readRefresh: (token, now) => read(REFRESH, token, now),
    readDownload(token, now) {
      const content = sealed.open<{ grant: DownloadGrant; expiresAt: number }>([DOWNLOAD], token);
      return content && content.expiresAt > now ? content.grant : undefined;
    },
    revoke: (token, at = 0) => void revokedAt.set(token, Math.min(at, revokedAt.get(token) ?? at)),
    end: (accountId, userId) =>
      void floor.set(userId === undefined ? accountId : personOf(accountId, userId), sealed.serial),
  };
}
