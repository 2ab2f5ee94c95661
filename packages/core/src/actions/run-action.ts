import { reviewOf, sameGround } from "../approvals/review.ts";
import type { ActionSubject, AnyAction } from "../define/action.ts";
import type { HttpDefinition } from "../define/http.ts";
import { CancelledError, isHaloError, VendorError } from "../errors.ts";
import { redactingLogger } from "../http/redact.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import { uuidv7 } from "../ids.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { type Logger, silentLogger } from "../ports/logger.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import { type Approver, askApprover, noApprover, staleApproval } from "./ask-approver.ts";
import { argumentsHash, canonicalArguments } from "./canonical.ts";
import { checkConfig, checkInput, requirePermit } from "./check.ts";
import { type Confirmations, createConfirmations } from "./confirmations.ts";
import { effectKeyOf } from "./effect-key.ts";
import { perform } from "./perform.ts";
import { previewOf } from "./preview.ts";
import { requireSubject } from "./subject.ts";
import { type TokenSource, tokenAuthorization } from "./token-authorization.ts";
import type { ActionOutcome } from "./tool.ts";
import { watchWrites } from "./watch-writes.ts";

/** How a vendor is reached without a Halo: its client's definition, and a token that the host keeps. */
export interface StandaloneVendor {
  /** Of the integration: its `http`. */
  readonly http: HttpDefinition;
  readonly token: TokenSource;
  /** Default: the global one, looked up at the call. */
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Allows plain http to loopback addresses, for emulators. Never set it in production. */
  readonly unsafeLoopback?: boolean;
}

export interface RunActionOptions extends StandaloneVendor {
  readonly input: unknown;
  /** Default: the action's defaults. */
  readonly config?: unknown;
  /** Whose record it is about, from the host and never from the model. */
  readonly subject?: ActionSubject;
  /** The same key names the same effect at the vendor, in every process; Halo itself remembers nothing of it. */
  readonly idempotencyKey?: string;
  /** From a `needs_confirmation` of this process. */
  readonly confirmation?: string;
  /** Asks a person, where an action needs a human's yes. Without it such an action is refused. */
  readonly approve?: Approver;
  readonly signal?: AbortSignal;
}

/**
 * Runs one action without a store: validation, allow-lists and consent as in the engine, retries as the action's
 * `again` allows. There is no ledger: a call that is repeated after this process died may act twice, unless the vendor
 * itself knows its key. Throws `input_invalid`, `gate_closed` (permit, approval), `approval_stale`, `vendor_failed`,
 * `rate_limited`, `reconnect_required`, `outcome_unknown` and `cancelled`.
 *
 * @example
 * const { status } = await runAction(createDeal, { http, token, subject: { email }, input: { name: "Renewal" } });
 */
export async function runAction(action: AnyAction, options: RunActionOptions): Promise<ActionOutcome> {
  const clock = options.clock ?? systemClock;
  return await runAlone(action, options, {
    clock,
    vendor: openVendor(options, clock),
    place: "",
    confirmations: confirmationsOf(clock),
  });
}

const byClock = new WeakMap<Clock, Confirmations>();

/** For the life of the process: what was asked here can be confirmed here. */
function confirmationsOf(clock: Clock): Confirmations {
  const known = byClock.get(clock) ?? createConfirmations(clock);
  byClock.set(clock, known);
  return known;
}

export interface Alone {
  readonly clock: Clock;
  readonly vendor: VendorHttp;
  /** Which integration it stands for, where one is named. */
  readonly place: string;
  readonly confirmations: Confirmations;
}

export function openVendor(options: StandaloneVendor, clock: Clock): VendorHttp {
  return createVendorHttp({
    definition: options.http,
    authorization: tokenAuthorization(options.token),
    clock,
    logger: loggerOf(options),
    fetch: options.fetch,
    unsafeLoopback: options.unsafeLoopback ?? false,
  });
}

export async function runAlone(
  action: AnyAction,
  options: Omit<RunActionOptions, "http" | "token">,
  { clock, confirmations: consents, place, vendor }: Alone,
): Promise<ActionOutcome> {
  const { signal = new AbortController().signal } = options;
  if (signal.aborted) throw new CancelledError("signal");
  const canonical = canonicalArguments(options.input);
  const input = checkInput(action, canonical.json);
  const config = checkConfig(action, options.config ?? {});
  const subject = requireSubject(action, options.subject);
  requirePermit(action, { input, config, subject });
  const callId = uuidv7(clock.now());
  const key = options.idempotencyKey;
  const context = {
    input,
    config,
    subject,
    http: vendor,
    effectKey: key === undefined ? callId : effectKeyOf(key, place, action.id),
    at: new Date(clock.now()),
    refs: undefined,
    logger: loggerOf(options),
  };
  if (action.consent === "user") {
    const hash = argumentsHash(
      {
        orgId: "",
        connectionId: "",
        account: "",
        integration: place,
        action: action.id,
        version: action.version ?? 1,
        subject,
      },
      canonical,
    );
    if (options.confirmation === undefined) {
      const preview = await previewOf(action, { ...context, attemptedAt: undefined, signal });
      return { status: "needs_confirmation", callId, preview, ...consents.issue(hash) };
    }
    consents.take(options.confirmation, hash);
  }
  if (action.approval === "human") {
    const { approve } = options;
    if (!approve) throw noApprover();
    const look = () => reviewOf(action, { ...context, attemptedAt: undefined, signal }, { id: "" });
    const seen = await look();
    const about = {
      callId,
      integration: place,
      input: canonical.json,
      subject,
      preview: seen.preview,
      signal,
    };
    await askApprover(approve, action, about, clock);
    if (!sameGround(seen, await look())) throw staleApproval("has changed at the vendor since");
  }
  const watched = watchWrites(vendor, action, signal);
  try {
    const before = async () => undefined;
    // A person took their time: what is dated by the call is dated from here.
    const watching = { ...context, at: new Date(clock.now()), http: watched.http };
    const end = await perform({ action, context: watching, clock, signal, begunBefore: false, before });
    if (end.state !== "succeeded") throw end.error;
    return { status: "succeeded", callId, output: end.output, repeated: false };
  } catch (error) {
    if (!signal.aborted || isHaloError(error)) throw error;
    if (!watched.maybeActed()) throw new CancelledError("signal");
    throw new VendorError("The call was cancelled under way: look at the vendor whether it happened.", {
      code: "outcome_unknown",
      reason: "cancelled",
    });
  }
}

function loggerOf({ logger }: { readonly logger?: Logger }): Logger {
  return logger ? redactingLogger(logger) : silentLogger;
}
