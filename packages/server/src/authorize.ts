import { ConfigurationError } from "@halo/core";

/** Who asks. What the host's own session or token says; Halo has no accounts of its own. */
export interface Caller {
  /** The org whose things are read and changed. Never taken from the request by Halo itself. */
  readonly orgId: string;
  readonly actor: {
    readonly id: string;
    readonly kind: "human" | "service";
    /** Their address, where you have it: whoever is the customer approves nothing about themselves. */
    readonly email?: string | undefined;
  };
  /** "admin" may change things; whoever is in the org may read. Other roles are the host's own. */
  readonly roles: readonly string[];
  /** When they last proved who they are (epoch ms), for `reauthenticateMs`. */
  readonly authenticatedAt?: number | undefined;
}

/**
 * Says who asks, or null for nobody: then the answer is 401. Must not read the request's body. Whatever it throws is
 * logged and answered with 500: a host's mistake opens nothing.
 */
export type Authorize = (request: Request) => Caller | null | undefined | Promise<Caller | null | undefined>;

/** The role that connecting, changing, syncing, replaying and disconnecting need. */
export const adminRole = "admin";

/** The caller, checked: a host that answers half of one has a bug, and gets an error instead of an open door. */
export async function callerOf(authorize: Authorize, request: Request): Promise<Caller | undefined> {
  const caller: unknown = await authorize(request);
  if (caller === null || caller === undefined) return undefined;
  if (isCaller(caller)) return caller;
  throw new ConfigurationError(
    'authorize(request) has to answer { orgId, actor: { id, kind: "human" | "service" }, roles } or null.',
    { option: "authorize" },
  );
}

function isCaller(value: unknown): value is Caller {
  if (typeof value !== "object" || value === null) return false;
  const { orgId, actor, authenticatedAt, roles } = value as { [field in keyof Caller]?: unknown };
  if (authenticatedAt !== undefined && typeof authenticatedAt !== "number") return false;
  if (typeof orgId !== "string" || orgId === "" || typeof actor !== "object" || actor === null) return false;
  const { email, id, kind } = actor as { email?: unknown; id?: unknown; kind?: unknown };
  return (
    (email === undefined || typeof email === "string") &&
    typeof id === "string" &&
    id !== "" &&
    (kind === "human" || kind === "service") &&
    Array.isArray(roles) &&
    roles.every((role) => typeof role === "string")
  );
}
