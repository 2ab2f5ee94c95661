import type { Caller } from "./authorize.ts";

const lifeSeconds = 600;

/** The cookie that ties one way to the vendor and back to one browser. */
export interface ConnectCookie {
  readonly name: string;
  readonly path: string;
  readonly secure: boolean;
}

export function connectCookie(publicUrl: string, path: string): ConnectCookie {
  const secure = publicUrl.startsWith("https:");
  return { name: secure ? "__Secure-halo-connect" : "halo-connect", path, secure };
}

export function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What the attempt is bound to: this browser, and this person in this org. The cookie alone would not do: whoever can
 * plant a cookie could let somebody else's consent connect to their own org (T10).
 */
export function sessionOf(token: string, caller: Caller): string {
  return JSON.stringify([token, caller.orgId, caller.actor.kind, caller.actor.id]);
}

export function setCookie({ name, path, secure }: ConnectCookie, token: string): string {
  const life = token === "" ? 0 : lifeSeconds;
  // Lax, since the way back from the vendor is a navigation across sites.
  return `${name}=${token}; Path=${path}; Max-Age=${life}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** Exactly one cookie of that name, or none: of two, one was planted. */
export function readToken({ name }: ConnectCookie, request: Request): string | undefined {
  const found = (request.headers.get("cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [token] = found;
  return found.length === 1 && token !== undefined && /^[0-9a-f]{64}$/.test(token) ? token : undefined;
}
