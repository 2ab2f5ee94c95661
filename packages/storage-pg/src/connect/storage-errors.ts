import { type HaloError, isHaloError, StorageError } from "@halo/core";

/** Fields of an error of the server that carry no customer text (`detail` and `where` do, and are left behind). */
interface ServerError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly constraint?: unknown;
  readonly table?: unknown;
  readonly column?: unknown;
}

/** What a lost or refused connection says on the way, by Node's or the driver's word. */
const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ERR_STREAM_DESTROYED",
  "ENOENT",
]);
const connectionWords =
  /connection terminated|connection ended|client was closed|not queryable|timeout exceeded when trying to connect|query read timeout|connection error|socket|store stopped|Cannot use a pool after/i;

/** SQLSTATE classes and codes whose cause passes by itself. */
const retryableStates = /^(?:08|53|40|57P0[1-5]$|58030|55P03|57014|25P03|25P04|26000)/;

export function sqlState(error: unknown): string | undefined {
  const code = (error as ServerError | undefined)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !connectionCodes.has(code)
    ? code
    : undefined;
}

/** True when the connection is gone or of unknown state: it must not be used again. */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return /^(?:08|57P0[1-5]|25P0[34])/.test(state);
  if (isHaloError(error)) return false;
  const { code, message } = error as ServerError;
  return (
    (typeof code === "string" && connectionCodes.has(code)) ||
    (typeof message === "string" && connectionWords.test(message))
  );
}

/** Serialization failure or deadlock (F74), or a plan that a migration made stale: the whole transaction again. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01" || state === "26000" || isStalePlan(error);
}

function isStalePlan(error: unknown): boolean {
  return sqlState(error) === "0A000" && String((error as ServerError).message).includes("cached plan");
}

/** Any failure below as the one typed error that callers see; Halo's own errors pass. Carries no row's text. */
export function toStorageError(error: unknown): HaloError {
  if (isHaloError(error)) return error;
  const state = sqlState(error);
  if (state === undefined) {
    if (isConnectionLoss(error)) {
      return new StorageError(
        "The database could not be reached or the connection was lost; nothing half done stays. Try again, and check that it is up.",
        {
          retryable: true,
          cause: new Error(wordOf(error)),
        },
      );
    }
    return new StorageError("The store failed unexpectedly; the unit was rolled back.", {
      retryable: false,
      cause: error,
    });
  }
  const retryable = retryableStates.test(state);
  return new StorageError(messageOf(state, error as ServerError), {
    retryable,
    state,
    cause: new Error(describe(state, error as ServerError)),
  });
}

function wordOf(error: unknown): string {
  const { code, message } = error as ServerError;
  return [code, message].filter((part) => typeof part === "string").join(": ");
}

function messageOf(state: string, error: ServerError): string {
  if (state === "53100")
    return "The database's disk is full: free space; the work goes on from its cursor by itself.";
  if (state.startsWith("53"))
    return "The database is out of resources (connections, memory); it is tried again.";
  if (state === "42501")
    return "The database refused: the role lacks rights. Run the migrations of this version.";
  if (state === "42P01" || state === "42703") {
    return `${describe(state, error)} Run the migrations of this version.`;
  }
  return `${describe(state, error)} The unit was rolled back whole.`;
}

/** Class 42 speaks of names in our own statements only; other messages may quote values. */
function describe(state: string, error: ServerError): string {
  const about = [error.table, error.column, error.constraint].filter((name) => typeof name === "string");
  const detail = state.startsWith("42") || state.startsWith("0A") ? `: ${String(error.message)}` : "";
  return `The database answered ${state}${about.length > 0 ? ` (${about.join(", ")})` : ""}${detail}.`;
}
