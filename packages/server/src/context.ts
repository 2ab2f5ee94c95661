import type { Halo, Logger, Person } from "@halo/core";
import type { Context } from "hono";
import { type Authorize, adminRole, type Caller, callerOf } from "./authorize.ts";
import type { HandlerLimits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { requireSameSite } from "./same-site.ts";

/** What every route works with; made once by `createHandler`. */
export interface Surface {
  readonly halo: Halo;
  readonly publicUrl: string;
  /** Where this process is asked; differs from `halo.base` behind a proxy that takes a prefix away. */
  readonly base: string;
  readonly authorize: Authorize;
  readonly limits: Required<HandlerLimits>;
  readonly logger: Logger;
  readonly origins: ReadonlySet<string>;
  /** How recently whoever approves must have proved who they are; undefined: whenever. */
  readonly reauthenticateMs: number | undefined;
}

/** Whoever asks, of whichever role. */
export async function reader({ authorize }: Surface, request: Request): Promise<Caller> {
  const caller = await callerOf(authorize, request);
  if (caller) return caller;
  throw new Refusal(401, "unauthenticated", "Sign in first.");
}

/** Whoever may change things. */
export async function admin(surface: Surface, request: Request): Promise<Caller> {
  const caller = await reader(surface, request);
  if (caller.roles.includes(adminRole)) return caller;
  throw new Refusal(403, "role_missing", `This needs the role "${adminRole}".`);
}

/** As `admin`, for a call from a page or a program that changes something. */
export async function changer(surface: Surface, request: Request): Promise<Caller> {
  requireSameSite(request, surface.origins);
  return await admin(surface, request);
}

/** Whoever is signed in, for a call from a page or a program that decides something; what they may, core says. */
export async function decider(surface: Surface, request: Request): Promise<Caller> {
  requireSameSite(request, surface.origins);
  return await reader(surface, request);
}

/** T48: a session that somebody left open must not move money. */
export function requireFreshSession({ reauthenticateMs }: Surface, { authenticatedAt }: Caller): void {
  if (reauthenticateMs === undefined) return;
  const age = authenticatedAt === undefined ? undefined : Date.now() - authenticatedAt;
  if (age !== undefined && age <= reauthenticateMs) return;
  throw new Refusal(401, "reauthenticate", "Sign in again: to approve, prove who you are.");
}

/** Who decides, as core knows people. */
export function personOf({ actor, roles }: Caller): Person {
  const { email, id, kind } = actor;
  return { id, kind, roles, ...(email !== undefined && { email }) };
}

/** A part of the path as it was given; routes name only parts that they have. */
export function part(context: Context, name: string): string {
  return context.req.param(name) ?? "";
}
