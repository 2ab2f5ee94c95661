import { createHmac, timingSafeEqual } from "node:crypto";

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

/**
 * Tokens carry their own meaning, signed with the app's secret. A restarted emulator with the same seed therefore
 * still knows what it gave out; only what was revoked is remembered, and forgotten with the process.
 */
export function createTokens(secret: string): SlackTokens {
  const revokedAt = new Map<string, number>();
  const floor = new Map<string, number>();
  const active = new Map<string, string[]>();
  let serial = 0;

  const sign = (text: string) => createHmac("sha256", secret).update(text).digest("hex").slice(0, 24);
  const seal = (prefix: string, content: object) => {
    const text = Buffer.from(JSON.stringify({ ...content, n: ++serial })).toString("base64url");
    return `${prefix}${text}-${sign(prefix + text)}`;
  };
  const open = (prefixes: readonly string[], token: string) => {
    const prefix = prefixes.find((one) => token.startsWith(one));
    if (prefix === undefined) return undefined;
    const at = token.lastIndexOf("-");
    const [text, mac] = [token.slice(prefix.length, at), token.slice(at + 1)];
    const expected = sign(prefix + text);
    if (mac.length !== expected.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(expected)))
      return undefined;
    return JSON.parse(Buffer.from(text, "base64url").toString()) as {
      grant: SlackGrant;
      n: number;
      expiresAt?: number;
    };
  };
  const dead = (token: string, now: number) => (revokedAt.get(token) ?? Number.POSITIVE_INFINITY) <= now;
  const gone = (content: { grant: SlackGrant; n: number }) =>
    content.n <= (floor.get(content.grant.teamId) ?? -1);

  return {
    issueAccess(grant, expiresAt) {
      const prefix = `${grant.rotating ? "xoxe." : ""}${grant.kind === "bot" ? "xoxb-" : "xoxp-"}`;
      const token = seal(prefix, { grant, ...(expiresAt !== undefined && { expiresAt }) });
      if (grant.rotating) {
        const key = `${grant.teamId}:${grant.userId}`;
        const tokens = [...(active.get(key) ?? []), token];
        for (const old of tokens.splice(0, Math.max(0, tokens.length - MAX_ACTIVE))) revokedAt.set(old, 0);
        active.set(key, tokens);
      }
      return token;
    },
    issueRefresh: (grant) => seal("xoxe-1-", { grant }),
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
    uninstall: (teamId) => void floor.set(teamId, serial),
  };
}
