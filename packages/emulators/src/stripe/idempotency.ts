import type { Reply } from "../reply.ts";
import { errorReply } from "./api/errors.ts";

export interface Keyed {
  readonly key: string;
  /** Account and mode: another one's keys are other keys. */
  readonly home: string;
  readonly path: string;
  /** Parameters in one form. */
  readonly body: string;
  readonly requestId: string;
  readonly now: number;
}

interface Kept {
  readonly path: string;
  readonly body: string;
  readonly requestId: string;
  readonly at: number;
  /** Undefined while the first request runs. */
  reply: Reply | undefined;
}

/** Answers to what was asked under a key before; undefined for the first request, whose turn it then is. */
export interface IdempotencyKeys {
  begin(asked: Keyed): Reply | undefined;
  /** The first request's answer, which is given from now on; undefined forgets the key. */
  keep(asked: Pick<Keyed, "key" | "home">, reply: Reply | undefined): void;
  /** As if this had been the first request's answer, whatever it was. */
  put(asked: Keyed, reply: Reply): void;
  /** The first request's answer has left. Until then it runs. */
  left(asked: Pick<Keyed, "key" | "home">): void;
}

/**
 * The vendor's rules of v1 (D:api/idempotent_requests): the first answer is given again, refusals and failures among
 * them, once the work has begun; what fails validation leaves the key free.
 */
export function createIdempotencyKeys(keptMs: () => number): IdempotencyKeys {
  const all = new Map<string, Kept>();
  const running = new Set<string>();
  const nameOf = ({ home, key }: Pick<Keyed, "key" | "home">) => `${home}:${key}`;
  return {
    begin(asked) {
      const name = nameOf(asked);
      const found = all.get(name);
      if (running.has(name)) return inUse();
      if (!found || found.at + keptMs() <= asked.now) {
        all.set(name, { ...asked, at: asked.now, reply: undefined });
        running.add(name);
        return undefined;
      }
      if (found.path !== asked.path)
        return mismatch(
          `only be used for the same endpoint they were first used for ('${found.path}')`,
          asked.key,
        );
      if (found.body !== asked.body)
        return mismatch("only be used with the same parameters they were first used with", asked.key);
      const kept = found.reply;
      return (
        kept && {
          ...kept,
          body: structuredClone(kept.body),
          headers: {
            ...kept.headers,
            "idempotency-key": asked.key,
            "idempotent-replayed": "true",
            "original-request": found.requestId,
          },
        }
      );
    },
    keep(asked, reply) {
      const name = nameOf(asked);
      const found = all.get(name);
      if (!found) return;
      if (reply) found.reply = reply;
      else all.delete(name);
    },
    put: (asked, reply) => void all.set(nameOf(asked), { ...asked, at: asked.now, reply }),
    left: (asked) => void running.delete(nameOf(asked)),
  };
}

const mismatch = (what: string, key: string): Reply =>
  errorReply(400, {
    type: "idempotency_error",
    message: `Keys for idempotent requests can ${what}. Try using a key other than '${key}' if you meant to execute a different request.`,
  });

const inUse = (): Reply =>
  errorReply(
    409,
    {
      type: "idempotency_error",
      code: "idempotency_key_in_use",
      message:
        "There is currently another in-progress request using this Stripe-Idempotent-Key (that probably means you submitted twice, and the other request is still going through). Try again later.",
    },
    { "stripe-should-retry": "true" },
  );
