import { Refusal } from "./refusal.ts";

/**
 * Refuses what another site made a browser send (T48): the host may know its users by a cookie. JSON cannot be sent
 * across sites without a preflight, which Halo never grants, and browsers say where a request came from.
 */
export function requireSameSite(request: Request, origins: ReadonlySet<string>): void {
  const { headers } = request;
  const origin = headers.get("origin");
  if (origin !== null && !origins.has(origin)) throw crossSite();
  const site = headers.get("sec-fetch-site");
  // Without an Origin, only the browser's word for it is left.
  if (origin === null && site !== null && site !== "same-origin" && site !== "none") throw crossSite();
}

/** A link on another site must not begin to connect anything; one in a mail or in the address bar may. */
export function requireOwnNavigation(request: Request): void {
  if (request.headers.get("sec-fetch-site") === "cross-site") throw crossSite();
}

function crossSite(): Refusal {
  return new Refusal(403, "cross_site", "This request came from another site: make it from the host's own.");
}
