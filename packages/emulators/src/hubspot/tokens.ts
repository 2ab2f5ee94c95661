import { createHash } from "node:crypto";
import { sealedTokens } from "../sealed-tokens.ts";

/** What a token stands for. */
export interface Grant {
  readonly portalId: number;
  readonly userId: number;
  readonly scopes: readonly string[];
  /** OAuth tokens share a burst budget per app and account; keys have their own and a daily one. */
  readonly kind: "oauth" | "key";
}

export interface Tokens {
  issueAccess(grant: Grant, expiresAt: number): string;
  issueRefresh(grant: Grant): string;
  issueKey(grant: Grant): string;
  readAccess(token: string): { grant: Grant; expiresAt: number } | undefined;
  readRefresh(token: string): Grant | undefined;
  revoke(token: string): void;
  /** Kills every token of one account, as an uninstall does. */
  revokePortal(portalId: number): void;
}

export function createTokens(secret: string): Tokens {
  const revoked = new Set<string>();
  const floor = new Map<number, number>();
  const sealed = sealedTokens(secret);
  const open = (prefix: string, token: string) => {
    const content = sealed.open<{ grant: Grant; expiresAt?: number }>([prefix], token);
    if (!content || revoked.has(token)) return undefined;
    return content.n <= (floor.get(content.grant.portalId) ?? -1) ? undefined : content;
  };
  const keys = new Map<string, Grant>();

  return {
    issueAccess: (grant, expiresAt) => sealed.seal("CNa1-", { grant, expiresAt }),
    issueRefresh: (grant) => sealed.seal("na1-", { grant }),
    issueKey(grant) {
      const digest = createHash("sha256").update(`${secret}:${grant.portalId}:${keys.size}`).digest("hex");
      const uuid = [digest.slice(0, 8), digest.slice(8, 12), digest.slice(12, 16), digest.slice(16, 20)].join(
        "-",
      );
      const key = `pat-na1-${uuid}-${digest.slice(20, 32)}`;
      keys.set(key, grant);
      return key;
    },
    readAccess(token) {
      const key = keys.get(token);
      if (key && !revoked.has(token)) return { grant: key, expiresAt: Number.POSITIVE_INFINITY };
      const content = open("CNa1-", token);
      return content && { grant: content.grant, expiresAt: Number(content.expiresAt) };
    },
    readRefresh: (token) => open("na1-", token)?.grant,
    revoke: (token) => void revoked.add(token),
    revokePortal: (portalId) => void floor.set(portalId, sealed.serial),
  };
}
