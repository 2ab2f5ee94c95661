import { sealedTokens } from "../sealed-tokens.ts";

/** What a token stands for. */
export interface SlackGrant {
  readonly teamId: string;
  /** The app's bot, or the person of a user token. */
  readonly userId: string;
  readonly kind: "bot" | "user";
  readonly scopes: readonly string[];
  readonly rotating: boolean;
}

export type TokenState = "live" | "unknown" | "revoked" | "expired" | "uninstalled";

export interface SlackTokens {
  /** Without `expiresAt` it lives for ever. At most two rotating ones of an install live: older ones are revoked. */
  issueAccess(grant: SlackGrant, expiresAt?: number): string;
  issueRefresh(grant: SlackGrant): string;
  readAccess(token: string, now: number): { state: TokenState; grant: SlackGrant | undefined };
  /** Undefined when it is unknown or was used. */
  readRefresh(token: string, now: number): SlackGrant | undefined;
  /** Takes effect at `at`, epoch ms. */
  revoke(token: string, at?: number): void;
  /** Kills every token of one workspace, as an uninstall does. */
  uninstall(teamId: string): void;
}

const MAX_ACTIVE = 2;

export function createTokens(secret: string): SlackTokens {
  const revokedAt = new Map<string, number>();
  const floor = new Map<string, number>();
  const active = new Map<string, string[]>();
  const sealed = sealedTokens(secret);
  const open = (prefixes: readonly string[], token: string) =>
    sealed.open<{ grant: SlackGrant; expiresAt?: number }>(prefixes, token);
  const dead = (token: string, now: number) => (revokedAt.get(token) ?? Number.POSITIVE_INFINITY) <= now;
  const gone = (content: { grant: SlackGrant; n: number }) =>
    content.n <= (floor.get(content.grant.teamId) ?? -1);

  return {
    issueAccess(grant, expiresAt) {
      const prefix = `${grant.rotating ? "xoxe." : ""}${grant.kind === "bot" ? "xoxb-" : "xoxp-"}`;
      const token = sealed.seal(prefix, { grant, ...(expiresAt !== undefined && { expiresAt }) });
      if (grant.rotating) {
        const key = `${grant.teamId}:${grant.userId}`;
        const tokens = [...(active.get(key) ?? []), token];
        for (const old of tokens.splice(0, Math.max(0, tokens.length - MAX_ACTIVE))) revokedAt.set(old, 0);
        active.set(key, tokens);
      }
      return token;
    },
    issueRefresh: (grant) => sealed.seal("xoxe-1-", { grant }),
    readAccess(token, now) {
      const content = open(["xoxb-", "xoxp-", "xoxe.xoxb-", "xoxe.xoxp-"], token);
      if (!content) return { state: "unknown", grant: undefined };
      const { grant, expiresAt = Number.POSITIVE_INFINITY } = content;
      if (gone(content)) return { state: "uninstalled", grant };
      if (dead(token, now)) return { state: "revoked", grant };
      return { state: expiresAt <= now ? "expired" : "live", grant };
    },
    readRefresh(token, now) {
      const content = open(["xoxe-1-"], token);
      return content && !gone(content) && !dead(token, now) ? content.grant : undefined;
    },
    revoke: (token, at = 0) => void revokedAt.set(token, Math.min(at, revokedAt.get(token) ?? at)),
    uninstall: (teamId) => void floor.set(teamId, sealed.serial),
  };
}
