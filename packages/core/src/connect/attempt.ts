import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { AuthenticationError, isHaloError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import { seal, unseal } from "./seal.ts";

/** One user's way to the vendor and back. It travels sealed in `state`, so that the callback learns the org from it. */
export interface Attempt {
  readonly orgId: string;
  readonly connectionId?: string | undefined;
  readonly switchAccount: boolean;
  readonly redirectUri: string;
  readonly returnTo?: string | undefined;
  /** PKCE. */
  readonly verifier: string;
}

export interface Attempts {
  /** The state of a new attempt, good for ten minutes and one use, in this session only. */
  open(integration: string, session: string, attempt: Attempt): Promise<string>;
  /** Throws `oauth_state_invalid`, and uses the attempt up. */
  take(integration: string, session: string, redirectUri: string, state: string | null): Promise<Attempt>;
}

const LIFE_MS = 10 * 60_000;

const Stored = z.object({
  orgId: z.string(),
  connectionId: z.string().optional(),
  switchAccount: z.boolean(),
  redirectUri: z.string(),
  returnTo: z.string().optional(),
  verifier: z.string(),
  nonce: z.string(),
  session: z.string(),
});

export function createAttempts(deps: {
  readonly connections: ConnectionStore;
  readonly ring: KeyRing;
  readonly clock: Clock;
}): Attempts {
  const { connections, ring, clock } = deps;
  /** The provider binds it: a state of one vendor is none of another (T12). The org is inside, and sealed. */
  const placeOf = (integration: string) => ({
    orgId: "",
    provider: integration,
    connectionId: "",
    field: "state",
  });
  return {
    async open(integration, session, attempt) {
      const nonce = randomBytes(32).toString("base64url");
      const expiresAt = clock.now() + LIFE_MS;
      await connections.rememberAttempt(attempt.orgId, sha256(nonce), new Date(expiresAt));
      const content: z.infer<typeof Stored> = { ...attempt, nonce, session: sha256(session) };
      return seal(ring, JSON.stringify(content), placeOf(integration));
    },
    async take(integration, session, redirectUri, state) {
      if (!state) throw invalid("there is none");
      const stored = opened(() => unseal(ring, state, placeOf(integration)));
      // Whoever holds another's state must not even use it up.
      if (!same(stored.session, sha256(session))) throw invalid("it belongs to another browser session");
      if (stored.redirectUri !== redirectUri) throw invalid("it belongs to another redirect URI");
      const first = await connections.useAttempt(stored.orgId, sha256(stored.nonce), new Date(clock.now()));
      if (!first) throw invalid("it was used before, or is older than ten minutes");
      return stored;
    },
  };
}

function opened(open: () => string): z.infer<typeof Stored> {
  try {
    return Stored.parse(JSON.parse(open()));
  } catch (error) {
    if (isHaloError(error) && error.code !== "credentials_unreadable") throw error;
    throw invalid("it is not one of ours for this integration");
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

function invalid(reason: string): AuthenticationError {
  return new AuthenticationError(`The state of the OAuth callback is refused: ${reason}. Begin again.`, {
    code: "oauth_state_invalid",
  });
}
