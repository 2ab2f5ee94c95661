import { createHash, createHmac, timingSafeEqual } from "node:crypto";

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

/**
 * Tokens carry their own meaning, signed with the app's secret. A restarted emulator with the same seed therefore
 * still knows what it gave out; only what was revoked is remembered, and forgotten with the process.
 */
export function createTokens(secret: string): Tokens {
  const revoked = new Set<string>();
  const floor = new Map<number, number>();
  let serial = 0;

  const sign = (text: string) => createHmac("sha256", secret).update(text).digest("base64url").slice(0, 27);
  const seal = (kind: string, content: object) => {
    const text = Buffer.from(JSON.stringify({ ...content, n: ++serial })).toString("base64url");
    return `${kind}-${text}.${sign(`${kind}-${text}`)}`;
  };
  const open = (kind: string, token: string): (Record<string, unknown> & { grant: Grant }) | undefined => {
    const [text = "", mac = ""] = token.split(".");
    if (!text.startsWith(`${kind}-`) || revoked.has(token)) return undefined;
    const expected = sign(text);
    if (mac.length !== expected.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(expected)))
      return undefined;
    const content = JSON.parse(Buffer.from(text.slice(kind.length + 1), "base64url").toString()) as {
      grant: Grant;
      n: number;
    };
    if (content.n <= (floor.get(content.grant.portalId) ?? -1)) return undefined;
    return content;
  };
  const keys = new Map<string, Grant>();

  return {
    issueAccess: (grant, expiresAt) => seal("CNa1", { grant, expiresAt }),
    issueRefresh: (grant) => seal("na1", { grant }),
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
      const content = open("CNa1", token);
      return content && { grant: content.grant, expiresAt: Number(content.expiresAt) };
    },
    readRefresh: (token) => open("na1", token)?.grant,
    revoke: (token) => void revoked.add(token),
    revokePortal: (portalId) => void floor.set(portalId, serial),
  };
}
