/** What one answer of a vendor means. */
export type Verdict =
  | { readonly kind: "ok" }
  /** Slow down. Without `retryAfterMs` the client backs off by itself. */
  | { readonly kind: "rate_limited"; readonly retryAfterMs?: number; readonly budget?: string }
  /** The same call can succeed later. */
  | { readonly kind: "retry"; readonly retryAfterMs?: number }
  /** The credential is no longer good: refresh once, then reconnect. */
  | { readonly kind: "unauthorized" }
  /** The credential is good, but not for this. */
  | { readonly kind: "missing_scope"; readonly scopes: readonly string[] }
  | { readonly kind: "failed" };

/** So many calls in such a window, by the vendor's rules; `budget` names it where a vendor has several. */
export interface RateBudget {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
}

export interface VendorAnswer {
  /** Of the call: some vendors limit each method by itself. */
  readonly path?: string;
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body, if it was JSON. */
  readonly body: unknown;
}

/** How a vendor is spoken to. Policy (how often, how long, how many times) is core's. */
export interface HttpDefinition {
  readonly baseUrl: string;
  /** Exact origins that a token may go to. Default: the one of `baseUrl`. */
  readonly origins?: readonly string[];
  /** Exact origins that may be called, but never with a credential: where a vendor's download links lead. */
  readonly openOrigins?: readonly string[];
  /**
   * Domains under which every host is the vendor's own ("zoom.us"), by https on its usual port: where files lie on hosts
   * that nobody can list. A call to one takes the credential along; a redirect from one host to another does not.
   */
  readonly domains?: readonly string[];
  /**
   * How a credential goes into a request: `{ name: "X-Api-Key", value: token }`. Default: `Authorization: Bearer …`.
   * `kind` is undefined where a host keeps its tokens itself: then only the token's shape tells.
   */
  readonly credential?: (credential: {
    readonly token: string;
    readonly kind: "oauth" | "key" | undefined;
  }) => { readonly name: string; readonly value: string };
  /** Sent with each call: the version of the API. */
  readonly headers?: { readonly [name: string]: string };
  /** Headers that a single call may set (`Idempotency-Key`); never the credential's. */
  readonly callHeaders?: readonly string[];
  readonly budgets: readonly RateBudget[];
  /** Which budgets a call draws on. Default: all. */
  readonly budgetsOf?: (call: { readonly method: string; readonly path: string }) => readonly string[];
  /** Budgets as an answer's headers tell them: the true limit, and what is left of the window. */
  readonly budgetFromHeaders?: (headers: Headers) =>
    | {
        readonly name: string;
        readonly limit?: number;
        readonly remaining?: number;
        readonly windowMs?: number;
      }
    | undefined;
  readonly classify: (answer: VendorAnswer) => Verdict;
  /** The vendor's id of an answer, and its own word for a failure, for logs and errors. Never customer text. */
  readonly describe?: (answer: VendorAnswer) => { readonly requestId?: string; readonly reason?: string };
  /** Simultaneous calls of one connection. Default 10. */
  readonly concurrency?: number;
  /** Default 30,000. */
  readonly deadlineMs?: number;
  /** Default 20 MiB. */
  readonly maxBytes?: number;
}
