import { invalid, missingScopes, refuse } from "./errors.ts";
import type { ObjectType } from "./object-types.ts";
import { objectType } from "./object-types.ts";
import type { Portal } from "./portal.ts";
import type { PortalApi } from "./portal-api.ts";
import type { Grant } from "./tokens.ts";

/** One authorised request, as handlers see it. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  /** The path as it was asked, for links to the next page. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly grant: Grant;
  readonly api: PortalApi;
  readonly portal: Portal;
  readonly now: number;
  readonly behaviour: Behaviour;
}

/** Where the vendor's behaviour is not documented, a host can try either. */
export interface Behaviour {
  /** `id`: a list starts at any id given as `after`. `opaque`: only cursors that the list itself gave. */
  listAfter: "id" | "opaque";
  /** A refresh kills the refresh token it was made with. The vendor documents no rotation. */
  rotateRefreshTokens: boolean;
  /** `toObjectId` is a number in the documented sample and a string in the model. */
  associationIds: "number" | "string";
}

export const DEFAULT_BEHAVIOUR: Behaviour = {
  listAfter: "id",
  rotateRefreshTokens: false,
  associationIds: "number",
};

export function jsonBody(call: Pick<Call, "text">): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(call.text || "{}");
  } catch {
    throw invalid("Invalid input JSON: the body could not be parsed.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("Invalid input JSON: an object is required.");
  }
  return value as Record<string, unknown>;
}

export function typeParam(call: Pick<Call, "params">, name = "type"): ObjectType {
  const type = objectType(call.params[name] ?? "");
  if (!type) {
    throw refuse(400, "VALIDATION_ERROR", `Unable to infer object type from: ${call.params[name]}`);
  }
  return type;
}

/** Every scope must be granted. */
export function requireScopes(grant: Grant, scopes: readonly string[]): void {
  const missing = scopes.filter((scope) => !grant.scopes.includes(scope));
  if (missing.length > 0) throw missingScopes(missing);
}

/** A comma list, or the parameter repeated, as the vendor's own client does. */
export function listParam(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(","))
    .map((value) => value.trim())
    .filter(Boolean);
}

export function limitParam(query: URLSearchParams, fallback: number, max: number): number {
  const text = query.get("limit");
  if (text === null || text === "") return fallback;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw invalid(`Invalid integer '${text}' for limit.`);
  // guess: the vendor refuses a larger page instead of cutting it.
  if (limit > max) throw invalid(`The limit ${limit} is too large: at most ${max} results can be requested.`);
  return limit;
}

export const flagParam = (query: URLSearchParams, name: string) => query.get(name) === "true";

/** The next page's link: the same address with another cursor. */
export function nextPage(call: Pick<Call, "url">, after: string) {
  const link = new URL(call.url);
  link.searchParams.set("after", after);
  return { next: { after, link: link.toString() } };
}
