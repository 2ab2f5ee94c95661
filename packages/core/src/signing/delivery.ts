/** The part of a web-standard `Headers` that a verifier uses. */
export interface HeadersLike {
  get(name: string): string | null;
}

/** Headers as `Request`, node:http, Express, Fastify, Hono or a serverless event give them; names in any case. */
export type WebhookHeaders = HeadersLike | Readonly<Record<string, string | readonly string[] | undefined>>;

/** One received webhook request, as it came over the wire. */
export interface SignedDelivery {
  /** The request's method; `POST` if not given. */
  readonly method?: string;
  /** The absolute URL that the vendor called. Behind a proxy build it from configuration, not from `Host`. */
  readonly url?: string;
  readonly headers: WebhookHeaders;
  /** The body exactly as received: raw bytes, or a string if that is all there is. Never a parsed object. */
  readonly body: Uint8Array | string;
  /** The signing secret, or several while one is being rotated. An empty one is refused. */
  readonly secret: string | readonly string[];
  /** When the delivery was received, epoch milliseconds; the present if not given. */
  readonly now?: number;
  /** Accepted distance between the delivery's timestamp and `now`, both ways, inclusive; 300,000 ms if not given. */
  readonly replayWindowMs?: number;
}
