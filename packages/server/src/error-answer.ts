import { type HaloErrorCode, isHaloError, type Logger } from "@halo/core";
import { json } from "./answer.ts";
import { Refusal } from "./refusal.ts";

/** What each error of Halo is over HTTP; the only place that says so. */
const statusOf: { readonly [code in HaloErrorCode]: number } = {
  configuration_invalid: 500,
  store_unsuitable: 500,
  store_locked: 503,
  migration_needed: 503,
  webhook_unverified: 401,
  reconnect_required: 409,
  credentials_unreadable: 500,
  oauth_state_invalid: 400,
  oauth_denied: 403,
  gate_closed: 403,
  rate_limited: 429,
  vendor_failed: 502,
  vendor_timeout: 504,
  vendor_response_invalid: 502,
  vendor_url_refused: 502,
  outcome_unknown: 502,
  input_invalid: 400,
  record_invalid: 400,
  not_found: 404,
  conflict: 409,
  account_mismatch: 409,
  approval_stale: 409,
  needs_confirmation: 409,
  lease_lost: 409,
  storage_failed: 503,
  cancelled: 503,
};

/** Errors that are nobody's business outside: their message is for the log. */
const unspoken = new Set<HaloErrorCode>([
  "configuration_invalid",
  "store_unsuitable",
  "store_locked",
  "migration_needed",
  "credentials_unreadable",
  "storage_failed",
]);

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface Told {
  readonly status: number;
  readonly error: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a caller may know of an error. Logs what only the host should. */
export function tell(error: unknown, logger: Logger): Told {
  if (error instanceof Refusal) {
    const { status, code, message, headers } = error;
    return { status, error: { code, message }, headers };
  }
  if (!isHaloError(error)) {
    // Neither its message nor its stack is ours to vouch for: only what kind it is.
    logger.error("A request failed unexpectedly.", {
      error: error instanceof Error ? error.name : typeof error,
    });
    return { status: 500, error: { code: "internal", message: "Something went wrong here." }, headers: {} };
  }
  const { code } = error;
  const status = statusOf[code];
  if (status >= 500) logger.error(error.message, { code });
  const headers: Record<string, string> = {};
  if (status === 503) headers["retry-after"] = "10";
  if (unspoken.has(code)) {
    return { status, error: { code, message: "Halo cannot do this now; its log says why." }, headers };
  }
  return { status, error: { code, message: error.message, ...fieldsOf(error) }, headers };
}

export function errorAnswer(error: unknown, logger: Logger): Response {
  const told = tell(error, logger);
  return json(told.status, { error: told.error }, told.headers);
}

const shown = [
  "path",
  "reason",
  "current",
  "retryAt",
  "connectionId",
  "missingScopes",
  "gate",
  "retryable",
] as const;

function fieldsOf(error: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of shown) {
    const value = (error as { readonly [field: string]: unknown })[name];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}
