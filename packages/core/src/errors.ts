/**
 * Every error that Halo throws, on one page. Recognise them with `isHaloError(error, code)`, never with
 * `instanceof` (two copies of a package, ESM beside CommonJS, have two classes) and never by message.
 * No message or field carries a token, a body or a customer's text.
 */

const marker = Symbol.for("halo.error");

export type HaloErrorCode =
  | "configuration_invalid"
  | "store_unsuitable"
  | "store_locked"
  | "migration_needed"
  | "webhook_unverified"
  | "reconnect_required"
  | "credentials_unreadable"
  | "oauth_state_invalid"
  | "oauth_denied"
  | "gate_closed"
  | "rate_limited"
  | "vendor_failed"
  | "vendor_timeout"
  | "vendor_response_invalid"
  | "vendor_url_refused"
  | "outcome_unknown"
  | "input_invalid"
  | "record_invalid"
  | "not_found"
  | "conflict"
  | "account_mismatch"
  | "approval_stale"
  | "needs_confirmation"
  | "lease_lost"
  | "storage_failed"
  | "cancelled";

export interface HaloErrorOptions {
  readonly cause?: unknown;
}

/** The base of the tree. `retryable` says whether the same call can succeed later without anyone doing anything. */
export abstract class HaloError extends Error {
  abstract readonly code: HaloErrorCode;
  readonly retryable: boolean = false;

  constructor(message: string, options: HaloErrorOptions = {}) {
    // Of the options Error itself takes the cause, where there is one.
    super(message, options);
    this.name = new.target.name;
    Object.defineProperty(this, marker, { value: true });
  }
}

/** True for an error of Halo, from whichever copy of the package, and of that code if one is given. */
export function isHaloError<Code extends HaloErrorCode>(
  error: unknown,
  code?: Code,
): error is HaloError & { readonly code: Code } {
  if (typeof error !== "object" || error === null || !(marker in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

/** The developer's move, at start: an option that cannot work. */
export class ConfigurationError extends HaloError {
  readonly code: "configuration_invalid" | "store_unsuitable" | "store_locked" | "migration_needed";
  readonly option: string;

  constructor(
    message: string,
    details: { option: string; code?: ConfigurationError["code"] } & HaloErrorOptions,
  ) {
    super(message, details);
    this.code = details.code ?? "configuration_invalid";
    this.option = details.option;
  }
}

/**
 * A delivery that is not genuine. `reason` is for the receiver's own log and must never stand in the answer. It has no
 * stack: anybody can have one made, and recording the frames costs three times what refusing 1 KB does without (Node 24).
 */
export class VerificationError extends HaloError {
  readonly code = "webhook_unverified";
  readonly reason: string;

  constructor(reason: string) {
    const { stackTraceLimit } = Error;
    // Not by assignment, which throws where a host froze Error.
    Reflect.set(Error, "stackTraceLimit", 0);
    super("The delivery is not genuine: answer 401 and nothing else.");
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
    this.reason = reason;
  }
}

/** The org's admin has to act: connect again, or grant a scope. Work is parked, nothing is tried again. */
export class AuthenticationError extends HaloError {
  readonly code: "reconnect_required" | "credentials_unreadable" | "oauth_state_invalid" | "oauth_denied";
  readonly connectionId: string | undefined;
  readonly missingScopes: readonly string[];

  constructor(
    message: string,
    details: {
      code?: AuthenticationError["code"];
      connectionId?: string | undefined;
      missingScopes?: readonly string[];
    } & HaloErrorOptions = {},
  ) {
    super(message, details);
    this.code = details.code ?? "reconnect_required";
    this.connectionId = details.connectionId;
    this.missingScopes = details.missingScopes ?? [];
  }
}

/** A gate is closed; `gate` names it. */
export class AuthorizationError extends HaloError {
  readonly code = "gate_closed";
  readonly gate: string;

  constructor(message: string, details: { gate: string } & HaloErrorOptions) {
    super(message, details);
    this.gate = details.gate;
  }
}

/** The vendor asked for fewer calls; `retryAt` is when the next one may be made (epoch ms). */
export class RateLimitError extends HaloError {
  readonly code = "rate_limited";
  override readonly retryable = true;
  readonly retryAt: number;

  constructor(message: string, details: { retryAt: number } & HaloErrorOptions) {
    super(message, details);
    this.retryAt = details.retryAt;
  }
}

/** The vendor failed or could not be reached. `status` is absent when there was no answer. */
export class VendorError extends HaloError {
  readonly code:
    | "vendor_failed"
    | "vendor_timeout"
    | "vendor_response_invalid"
    | "vendor_url_refused"
    | "outcome_unknown";
  override readonly retryable: boolean;
  readonly status: number | undefined;
  /** The vendor's own word for the failure (HubSpot's `category`, Slack's `error`), when it gave one. */
  readonly reason: string | undefined;
  readonly requestId: string | undefined;
  /** True: the call certainly changed nothing: the vendor refused it, or never had it. */
  readonly withoutEffect: boolean;

  constructor(
    message: string,
    details: {
      code?: VendorError["code"];
      retryable?: boolean;
      withoutEffect?: boolean;
      status?: number | undefined;
      reason?: string | undefined;
      requestId?: string | undefined;
    } & HaloErrorOptions = {},
  ) {
    super(message, details);
    this.code = details.code ?? "vendor_failed";
    this.retryable = details.retryable ?? false;
    this.status = details.status;
    this.reason = details.reason;
    this.requestId = details.requestId;
    this.withoutEffect = details.withoutEffect ?? false;
  }
}

/** What was given does not fit. `path` names the field, `reason` says what is wrong with it, without its value. */
export class ValidationError extends HaloError {
  readonly code: "input_invalid" | "record_invalid" | "not_found";
  readonly path: string;
  readonly reason: string;

  constructor(
    message: string,
    details: { code?: ValidationError["code"]; path: string; reason: string } & HaloErrorOptions,
  ) {
    super(message, details);
    this.code = details.code ?? "input_invalid";
    this.path = details.path;
    this.reason = details.reason;
  }
}

/** The state is not what the caller thought; `current` says what stands now, so that one can read again. */
export class ConflictError extends HaloError {
  readonly code: "conflict" | "account_mismatch" | "approval_stale" | "needs_confirmation" | "lease_lost";
  readonly current: string | undefined;

  constructor(
    message: string,
    details: { code?: ConflictError["code"]; current?: string | undefined } & HaloErrorOptions = {},
  ) {
    super(message, details);
    this.code = details.code ?? "conflict";
    this.current = details.current;
  }
}

/** The store could not do it now (connection lost, serialization failure, disk full); the unit was rolled back whole. */
export class StorageError extends HaloError {
  readonly code = "storage_failed";
  override readonly retryable: boolean;
  /** SQLSTATE, where the store has one. */
  readonly state: string | undefined;

  constructor(
    message: string,
    details: { retryable: boolean; state?: string | undefined } & HaloErrorOptions,
  ) {
    super(message, details);
    this.retryable = details.retryable;
    this.state = details.state;
  }
}

/** Somebody stopped it; `by` says who: a signal, a person, a disconnect. */
export class CancelledError extends HaloError {
  readonly code = "cancelled";
  readonly by: string;

  constructor(by: string, options: HaloErrorOptions = {}) {
    super(`Cancelled by ${by}.`, options);
    this.by = by;
  }
}
