import { createHash } from "node:crypto";
import type { Reply } from "./reply.ts";

/** Sends the browser on. */
export const redirectTo = (url: URL): Reply => ({
  status: 302,
  headers: { location: url.toString() },
  body: undefined,
});

/** What a person sees where a vendor does not trust the address that it was to send them to. */
export const errorPage = (title: string): Reply => ({
  status: 400,
  headers: { "content-type": "text/html" },
  body: `<h1>${title}</h1>`,
});

/** Where the page sends the browser back to, with its state; undefined for another client or without an address. */
export function wayBack(query: URLSearchParams, clientId: string, fallback?: string): URL | undefined {
  const redirectUri = query.get("redirect_uri") ?? fallback ?? "";
  if (query.get("client_id") !== clientId || !URL.canParse(redirectUri)) return undefined;
  const back = new URL(redirectUri);
  const state = query.get("state");
  if (state !== null) back.searchParams.set("state", state);
  return back;
}

/** Whether a code's verifier is the one that its challenge (S256) was made of. */
export const fitsChallenge = (challenge: string, verifier: string): boolean =>
  createHash("sha256").update(verifier).digest("base64url") === challenge;

/** 64 hex digits that follow from a secret, the time and a number: a code that nobody else has. */
export const codeDigest = (secret: string, now: number, serial: number): string =>
  createHash("sha256").update(`${secret}:${now}:${serial}`).digest("hex");
