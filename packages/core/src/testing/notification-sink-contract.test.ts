import { describe, expect, it } from "vitest";
import type { NotificationSink } from "../define/notification.ts";
import { RateLimitError, ValidationError, VendorError } from "../errors.ts";
import { notificationSinkContract, type OpenedSink, sinkPromises } from "./notification-sink-contract.ts";

/** A sink that is right: it keeps what it was sent, and can be searched. */
function rightSink(
  change: (right: NotificationSink, kept: Kept[]) => Partial<NotificationSink> = () => ({}),
): OpenedSink {
  const kept: Kept[] = [];
  let next: "rate_limited" | "retryable" | "ended" | undefined;
  const right: NotificationSink = {
    id: "right",
    checkTarget(target) {
      if (target === "") throw new ValidationError("No target.", { path: "target", reason: "empty" });
    },
    async send({ deliveryKey, message, signal }) {
      signal.throwIfAborted();
      const how = next;
      next = undefined;
      if (how === "rate_limited") throw new RateLimitError("Slow down.", { retryAt: 1 });
      if (how) throw new VendorError("It failed.", { retryable: how === "retryable" });
      kept.push({ deliveryKey, text: message.title });
      return { ref: `ref of ${deliveryKey}` };
    },
    async find({ deliveryKey }) {
      const found = kept.find((one) => one.deliveryKey === deliveryKey);
      return found && { ref: `ref of ${deliveryKey}` };
    },
  };
  return {
    sink: { ...right, ...change(right, kept) },
    target: "room",
    badTarget: "",
    arrived: () => kept.map(({ text }) => text),
    fail: (how) => {
      next = how;
    },
  };
}

interface Kept {
  readonly deliveryKey: string;
  readonly text: string;
}

notificationSinkContract("a sink that is right", () => rightSink());

describe("the sinks' contract", () => {
  it.each<[string, string, Parameters<typeof rightSink>[0]]>([
    ["sends nothing", "a message that was sent", () => ({ send: async () => ({}) })],
    [
      "sends twice",
      "a message that was sent",
      ({ send }) => ({
        send: async (request) => {
          await send(request);
          return send(request);
        },
      }),
    ],
    [
      "shows the newest first",
      "two messages",
      ({ send }, kept) => ({
        send: async (request) => {
          const answer = await send(request);
          kept.unshift(...kept.splice(-1));
          return answer;
        },
      }),
    ],
    [
      "needs a body",
      "a message of nothing but a title",
      ({ send }) => ({ send: async (request) => (request.message.body ? send(request) : {}) }),
    ],
    [
      "sends after it was stopped, and says that it did not",
      "an aborted signal",
      ({ send }) => ({
        send: async (request) => {
          await send({ ...request, signal: new AbortController().signal });
          request.signal.throwIfAborted();
          return {};
        },
      }),
    ],
    [
      "finds whatever it is asked for",
      "F15 a message that arrived",
      () => ({ find: async ({ deliveryKey }) => ({ ref: `ref of ${deliveryKey}` }) }),
    ],
    ["finds nothing", "F15 a message that arrived", () => ({ find: async () => undefined })],
    [
      "sends what it looks for",
      "F15 a message that arrived",
      ({ find, send }) => ({
        find: async (request) => {
          const found = await find?.(request);
          if (found) await send(request);
          return found;
        },
      }),
    ],
    ["takes any target", "what can never be a target", () => ({ checkTarget: () => {} })],
    [
      "takes no target",
      "what can never be a target",
      () => ({
        checkTarget: () => {
          throw new ValidationError("No.", { path: "target", reason: "no" });
        },
      }),
    ],
    [
      "hides that it is asked for fewer",
      "a sink that is asked for fewer",
      wrapped((error) => new VendorError("Failed.", { cause: error })),
    ],
    [
      "gives up on what passes",
      "F78 a failure that passes",
      wrapped(() => new VendorError("Failed.", { retryable: false })),
    ],
    [
      "tries for ever what ended",
      "F78 a failure that passes",
      wrapped(() => new VendorError("Failed.", { retryable: true })),
    ],
    [
      "swallows its failures",
      "F78 a failure that passes",
      ({ send }) => ({ send: async (request) => send(request).catch(() => ({})) }),
    ],
  ])("fails a sink that %s", async (_, title, change) => {
    const broken = sinkPromises.filter((one) => one.title.startsWith(title));
    expect(broken).toHaveLength(1);
    for (const promise of broken) {
      await promise.run(rightSink());
      await expect(promise.run(rightSink(change))).rejects.toMatchObject({ name: "AssertionError" });
    }
  });
});

function wrapped(wrap: (error: unknown) => Error): Parameters<typeof rightSink>[0] {
  return ({ send }) => ({
    send: (request) =>
      send(request).catch((error: unknown) => {
        throw wrap(error);
      }),
  });
}
