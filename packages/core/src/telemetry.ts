/** Spans through OpenTelemetry's API package, an optional peer: where it is absent, nothing happens. */

export interface SpanNotes {
  set(name: string, value: string | number | boolean): void;
}

interface Tracing {
  readonly trace: {
    getTracer(name: string): {
      startActiveSpan<T>(name: string, options: { attributes: Attributes }, work: (span: Span) => T): T;
    };
  };
}

type Attributes = { [name: string]: string | number | boolean };

interface Span {
  setAttribute(name: string, value: string | number | boolean): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

/** `SpanStatusCode.ERROR` */
const ERROR = 2;
const silent: SpanNotes = { set() {} };

let loading: Promise<Tracing | undefined> | undefined;

/** Looked for once; a host without it pays one failed import. */
function load(): Promise<Tracing | undefined> {
  loading ??= import("@opentelemetry/api").then(
    (api) => api as unknown as Tracing,
    () => undefined,
  );
  return loading;
}

/**
 * Runs `work` in a span. A failure marks it with its code and nothing else: messages may quote what a span must not
 * keep. Attributes are the caller's promise to hold no secret and no customer's text.
 */
export async function withSpan<T>(
  name: string,
  attributes: Readonly<Attributes>,
  work: (span: SpanNotes) => Promise<T>,
): Promise<T> {
  const api = await load();
  if (api === undefined) return work(silent);
  return api.trace
    .getTracer("halo")
    .startActiveSpan(name, { attributes: { ...attributes } }, async (span) => {
      try {
        return await work({ set: (key, value) => void span.setAttribute(key, value) });
      } catch (error) {
        const code = (error as { code?: unknown } | null)?.code;
        span.setStatus({ code: ERROR, message: typeof code === "string" ? code : "error" });
        throw error;
      } finally {
        span.end();
      }
    });
}
