import type { LogFields, Logger } from "../ports/logger.ts";

const REDACTED = "[secret]";

/**
 * What credentials look like: an authorization value, a credential's field in a query, form or JSON text, a JWT, a
 * vendor's prefixed key. The last line of defence (T17): nothing should reach it that it has to change.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic|api-key)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [
    /(["']?\b(?:access_token|refresh_token|client_secret|code_verifier|id_token|api[_-]?key|hapikey|password|token|secret|code|state|signature)["']?\s{0,3}[=:]\s{0,3}["']?)[^\s"'&,;}{]{6,}/gi,
    `$1${REDACTED}`,
  ],
  [/\beyJ[\w-]{10,}\.[\w-]{5,}(?:\.[\w-]*)?/g, REDACTED],
  [/\b(?:pat-[a-z]{2,4}\d?-|[sr]k_(?:live|test)_|whsec_|xox[abprs]-|lin_api_)[\w-]{8,}/g, REDACTED],
  [/(\/\/)[^\s/@:]+:[^\s/@]+@/g, `$1${REDACTED}@`],
];

/** Text without what looks like a credential. */
export function redact(text: string): string {
  for (const [pattern, replacement] of PATTERNS) text = text.replace(pattern, replacement);
  return text;
}

/** The path of a call for messages and spans: no query, and no segment that may be a person's or a credential. */
export function shownPath(url: URL): string {
  return url.pathname
    .split("/")
    .map((segment) => (/^(?:[\w.-]{0,24}|[a-z_-]{0,60})$/i.test(segment) ? segment : "…"))
    .join("/");
}

/** A logger that hands on only redacted text, and that a throwing logger of the host cannot break. */
export function redactingLogger(logger: Logger): Logger {
  const pass = (level: keyof Logger) => (message: string, fields?: LogFields) => {
    try {
      logger[level](redact(message), fields && redactFields(fields));
    } catch {
      // A host's logger that fails must not fail the work it tells of.
    }
  };
  return { debug: pass("debug"), info: pass("info"), warn: pass("warn"), error: pass("error") };
}

function redactFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? redact(value) : value]),
  );
}
