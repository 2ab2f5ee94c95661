import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { NotificationSink, SinkRequest } from "../define/notification.ts";
import { isHaloError } from "../errors.ts";
import { newId } from "./ids.ts";

/** A sink to be tested, and how to look behind it. */
export interface OpenedSink {
  readonly sink: NotificationSink;
  /** Somewhere that exists, and nothing else is sent to. */
  readonly target: string;
  /** A text that can never be a target, if there is one. */
  readonly badTarget?: string;
  /** All that has arrived at the target so far, each as one text in which its title stands. */
  arrived(): readonly string[] | Promise<readonly string[]>;
  /** Makes the next sending fail so, if the sink's other end can. */
  fail?(how: "rate_limited" | "retryable" | "ended"): void;
  close?(): Promise<void> | void;
}

export interface SinkPromise {
  readonly title: string;
  run(opened: OpenedSink): Promise<void>;
}

/** One message as the engine would hand it over. */
export function sinkRequest(target: string, like: Partial<SinkRequest> = {}): SinkRequest {
  return {
    target,
    message: {
      type: "new_ticket",
      title: `New ticket: ${newId()}`,
      body: "It burns & smokes <quickly>.",
      fields: [{ label: "From", value: "Ada *Lovelace* _(ada@example.com)_" }],
      links: [{ label: "Open the ticket", url: "https://desk.example.com/t/1?a=1&b=2" }],
      footer: "2026-03-06T12:00:00Z",
    },
    event: { type: "new_ticket", key: newId(), data: { ticketId: "t-1" }, at: new Date(0) },
    deliveryKey: newId(),
    repeated: false,
    signal: new AbortController().signal,
    ...like,
  };
}

const holding = async ({ arrived }: OpenedSink, { message }: SinkRequest) =>
  (await arrived()).filter((text) => text.includes(message.title)).length;

/** Every promise of a sink, as data. One that needs what the opened sink does not offer passes. */
export const sinkPromises: readonly SinkPromise[] = [
  {
    title: "a message that was sent has arrived once when `send` resolves",
    async run(opened) {
      const request = sinkRequest(opened.target);
      const { ref } = await opened.sink.send(request);
      assert.equal(await holding(opened, request), 1);
      assert.ok(ref === undefined || (typeof ref === "string" && ref !== ""), "a ref is a text");
    },
  },
  {
    title: "two messages are two, in their order",
    async run(opened) {
      const [first, second] = [sinkRequest(opened.target), sinkRequest(opened.target)];
      await opened.sink.send(first);
      await opened.sink.send(second);
      const all = await opened.arrived();
      const at = (request: SinkRequest) => all.findIndex((text) => text.includes(request.message.title));
      assert.ok(at(first) >= 0 && at(first) < at(second), "the first stands before the second");
    },
  },
  {
    title: "a message of nothing but a title arrives",
    async run(opened) {
      const { message } = sinkRequest(opened.target);
      const { title, type } = message;
      const bare = sinkRequest(opened.target, { message: { type, title, fields: [], links: [] } });
      await opened.sink.send(bare);
      assert.equal(await holding(opened, bare), 1);
    },
  },
  {
    title: "an aborted signal sends nothing, or ends the sending",
    async run(opened) {
      const stop = new AbortController();
      stop.abort(new Error("stopped"));
      const request = sinkRequest(opened.target, { signal: stop.signal });
      const outcome = await opened.sink.send(request).then(
        () => "sent",
        () => "ended",
      );
      const arrived = await holding(opened, request);
      assert.ok(outcome === "sent" ? arrived === 1 : arrived === 0, "what it says is what happened");
    },
  },
  {
    title: "F15 a message that arrived is found by its delivery key, and one that did not is not",
    async run(opened) {
      const { sink, target } = opened;
      if (!sink.find) return;
      const [sent, other] = [sinkRequest(target), sinkRequest(target)];
      const { ref } = await sink.send(sent);
      const found = await sink.find({ ...sent, repeated: true });
      assert.ok(found, "what arrived is found");
      if (ref !== undefined) assert.equal(found.ref, ref);
      assert.equal(await sink.find({ ...other, repeated: true }), undefined, "what did not arrive is not");
      assert.equal(await holding(opened, sent), 1, "looking sends nothing");
    },
  },
  {
    title: "what can never be a target is refused with input_invalid, and what is one is not",
    async run({ badTarget, sink, target }) {
      assert.doesNotThrow(() => sink.checkTarget?.(target), "a target is taken");
      if (badTarget === undefined) return;
      assert.throws(
        () => sink.checkTarget?.(badTarget),
        (error) => isHaloError(error, "input_invalid"),
        "a bad target is refused",
      );
    },
  },
  {
    title: "a sink that is asked for fewer says rate_limited, and when",
    async run(opened) {
      if (!opened.fail) return;
      opened.fail("rate_limited");
      const error = await failureOf(opened);
      assert.ok(isHaloError(error, "rate_limited"), "it is rate_limited");
      assert.ok(Number.isFinite((error as unknown as { retryAt: unknown }).retryAt), "it says when");
    },
  },
  {
    title: "F78 a failure that passes is told as retryable, and one that does not is not",
    async run(opened) {
      if (!opened.fail) return;
      opened.fail("retryable");
      const passing = await failureOf(opened);
      assert.ok(!isHaloError(passing) || passing.retryable, "it may be tried again");
      opened.fail("ended");
      const ended = await failureOf(opened);
      assert.ok(isHaloError(ended) && !ended.retryable, "it may not");
    },
  },
];

async function failureOf(opened: OpenedSink): Promise<unknown> {
  const request = sinkRequest(opened.target);
  const error = await opened.sink.send(request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error !== undefined, "a failure is told");
  assert.equal(await holding(opened, request), 0);
  return error;
}

/** Checks a sink against every promise; call it at the top of a vitest file. */
export function notificationSinkContract(name: string, open: () => OpenedSink | Promise<OpenedSink>): void {
  describe(`${name}: sink`, () => {
    for (const { run, title } of sinkPromises)
      it(title, async () => {
        const opened = await open();
        try {
          await run(opened);
        } finally {
          await opened.close?.();
        }
      });
  });
}
