import { Refusal } from "../refusal.ts";
import { jsonReply, type Reply } from "../reply.ts";

export const errorReply = (error: string, more: Readonly<Record<string, unknown>> = {}): Reply =>
  jsonReply(200, { ok: false, error, ...more });

export const refuse = (error: string, more?: Readonly<Record<string, unknown>>) =>
  new Refusal(errorReply(error, more));

/** Names what is wrong with an argument, with JSON pointers where it lies deep. */
export const invalidArguments = (messages: readonly string[], error = "invalid_arguments") =>
  refuse(error, {
    errors: messages,
    response_metadata: { messages: messages.map((text) => `[ERROR] ${text}`) },
  });

export function missingScope(needed: readonly string[], provided: readonly string[]): Refusal {
  return refuse("missing_scope", { needed: needed.join(","), provided: provided.join(",") });
}

export function rateLimited(retryAfterSeconds: number): Reply {
  return {
    ...jsonReply(429, { ok: false, error: "ratelimited" }),
    headers: { "content-type": "application/json;charset=utf-8", "retry-after": String(retryAfterSeconds) },
  };
}
