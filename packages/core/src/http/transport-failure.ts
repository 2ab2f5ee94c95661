/** Why no answer came, rebuilt from what fetch threw: its own errors carry URLs and sockets. */
export interface TransportFailure {
  /** "ECONNRESET", "UND_ERR_SOCKET", …; "network" when nothing better is known. */
  readonly reason: string;
  /** The request cannot have reached the vendor, so that sending it again is no second time. */
  readonly neverSent: boolean;
}

const NEVER_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** fetch says "fetch failed" and keeps the reason in `cause`, several layers down at times. */
export function transportFailure(error: unknown): TransportFailure {
  let reason = "network";
  let current = error;
  for (let depth = 0; depth < 5 && typeof current === "object" && current !== null; depth++) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) {
      reason = code;
      break;
    }
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return { reason, neverSent: NEVER_SENT.has(reason) };
}
