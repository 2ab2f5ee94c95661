import type { Clock } from "../clock.ts";
import { type Random, shuffle } from "../random.ts";
import { createDispatch } from "./dispatch.ts";
import { type Posted, postDelivery } from "./post-delivery.ts";

/** What can go wrong between a vendor and the receiver. */
export interface DeliveryBehaviour {
  /** Each delivery is sent so many times. */
  copies: number;
  /** Copies come under message ids of their own. */
  freshIds: boolean;
  /** Deliveries of one turn come in a random order. */
  shuffle: boolean;
  /** How late a delivery sets off, by the emulator's clock. */
  delayMs: number;
  /** Chance from 0 to 1, by the seed, that a delivery is never sent. */
  lossProbability: number;
  maxConcurrent: number;
  /** Added to the timestamp that is signed: a sender with a wrong clock. */
  skewMs: number;
  /** Retries carry the time of the first attempt. */
  keepTimestamp: boolean;
  paused: boolean;
}

/** Who is told, where, and with whose secret. */
export interface Receiver {
  readonly id: string;
  readonly targetUrl: string;
  readonly secret: string;
}

export interface DeliveryAttempt {
  readonly subscriptionId: string;
  readonly targetUrl: string;
  /** The same for every retry. */
  readonly messageId: string;
  /** 0, then the number of the retry. */
  readonly attempt: number;
  readonly at: number;
  readonly endAt: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Status of the receiver; 0 when it could not be reached or took too long. */
  readonly status: number;
  readonly failure: Posted["failure"];
}

export interface SignInput {
  readonly body: string;
  readonly secret: string;
  readonly messageId: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

export interface DeliverySettings {
  readonly clock: Clock;
  readonly random: Random;
  /** The global fetch unless told, looked up when it is needed. */
  readonly fetch: typeof globalThis.fetch | undefined;
  /** For the whole answer. */
  readonly timeoutMs: number;
  /** Waits before the retries 1, 2 and so on. */
  readonly retryMs: readonly number[] | ((receiver: Receiver) => readonly number[]);
  /** A message has arrived, perhaps not for the first time. */
  delivered?(receiver: Receiver, payload: Payload): void;
  /** Whether the vendor tries no more after this answer. */
  isFinal(posted: Posted): boolean;
  headers(input: SignInput): Record<string, string>;
  messageId(serial: number): string;
}

type Payload = Readonly<Record<string, unknown>>;

export interface Deliveries {
  readonly behaviour: DeliveryBehaviour;
  /** Every attempt made, in order of its end. */
  readonly attempts: readonly DeliveryAttempt[];
  /** What gave up after the last retry, or what a fault swallowed. */
  readonly lost: readonly Payload[];
  readonly receivers: ReadonlyMap<string, Receiver>;
  add(receiver: Receiver): void;
  remove(id: string): void;
  /** Leaves at the end of this turn, with all else that happened in it. */
  enqueue(receiverId: string, payload: Payload): void;
  flush(): void;
  settled(): Promise<void>;
  /** Once, now, whatever the receiver answers. */
  send(receiver: Receiver, payload: Payload): Promise<DeliveryAttempt & { readonly answer: string }>;
  /** A body and its headers as they would leave now. */
  sign(
    body: string,
    options: { readonly secret: string; readonly messageId?: string },
  ): { readonly body: string; readonly headers: Record<string, string> };
  close(): void;
}

interface Message {
  readonly receiverId: string;
  readonly payload: Payload;
  readonly messageId: string;
}

export function createDeliveries(settings: DeliverySettings): Deliveries {
  const { clock, random } = settings;
  const behaviour: DeliveryBehaviour = {
    copies: 1,
    freshIds: false,
    shuffle: false,
    delayMs: 0,
    lossProbability: 0,
    maxConcurrent: 10,
    skewMs: 0,
    keepTimestamp: false,
    paused: false,
  };
  const receivers = new Map<string, Receiver>();
  const attempts: DeliveryAttempt[] = [];
  const lost: Payload[] = [];
  const dispatch = createDispatch();
  let waiting: Message[] = [];
  let serial = random.int(0, 1_000_000);

  const nextId = () => settings.messageId(++serial);
  const timestampNow = () => Math.floor((clock.now() + behaviour.skewMs) / 1_000);

  const attemptOnce = (
    { id, secret, targetUrl }: Receiver,
    { messageId, payload }: Omit<Message, "receiverId">,
    { attempt = 0, timestamp = timestampNow() } = {},
  ) =>
    dispatch.inSlot(behaviour.maxConcurrent, async () => {
      const body = JSON.stringify(payload);
      const headers = settings.headers({ body, secret, messageId, timestamp });
      const at = clock.now();
      const posted = await postDelivery({
        url: targetUrl,
        body,
        headers,
        clock,
        fetch: settings.fetch ?? globalThis.fetch,
        stop: dispatch.stop,
        timeoutMs: settings.timeoutMs,
      });
      const { failure, status } = posted;
      const about = { subscriptionId: id, targetUrl, messageId, attempt, at, endAt: clock.now() };
      const done = { ...about, body, headers, payload, status, failure };
      attempts.push(done);
      return { done, posted };
    });

  const waitsOf = (receiver: Receiver | undefined): readonly number[] => {
    const { retryMs } = settings;
    if (typeof retryMs !== "function") return retryMs;
    return receiver ? retryMs(receiver) : [];
  };

  const deliver = async (message: Message): Promise<void> => {
    await clock.sleep(behaviour.delayMs, dispatch.stop);
    const first = timestampNow();
    for (let attempt = 0; ; attempt++) {
      const waits = waitsOf(receivers.get(message.receiverId));
      if (attempt > waits.length) break;
      if (attempt > 0) await clock.sleep(waits[attempt - 1] ?? 0, dispatch.stop);
      const receiver = receivers.get(message.receiverId);
      if (!receiver) return;
      const timestamp = behaviour.keepTimestamp ? first : timestampNow();
      const { posted } = await attemptOnce(receiver, message, { attempt, timestamp });
      if (posted.status >= 200 && posted.status < 300) return settings.delivered?.(receiver, message.payload);
      if (settings.isFinal(posted)) break;
    }
    lost.push(message.payload);
  };

  const flush = () => {
    if (behaviour.paused) return;
    const sends: Message[] = [];
    for (const message of waiting.splice(0)) {
      if (behaviour.lossProbability > 0 && random.chance(behaviour.lossProbability)) {
        lost.push(message.payload);
        continue;
      }
      for (let copy = 0; copy < behaviour.copies; copy++)
        sends.push(copy > 0 && behaviour.freshIds ? { ...message, messageId: nextId() } : message);
    }
    if (behaviour.shuffle) shuffle(sends, random);
    for (const message of sends) dispatch.start(() => deliver(message));
  };

  return {
    behaviour,
    attempts,
    lost,
    receivers,
    add: (receiver) => void receivers.set(receiver.id, receiver),
    remove: (id) => void receivers.delete(id),
    enqueue(receiverId, payload) {
      waiting.push({ receiverId, payload, messageId: nextId() });
      dispatch.soon(flush);
    },
    flush,
    settled: dispatch.settled,
    async send(receiver, payload) {
      const { done, posted } = await attemptOnce(receiver, { payload, messageId: nextId() });
      return { ...done, answer: posted.body };
    },
    sign(body, { messageId = nextId(), secret }) {
      return { body, headers: settings.headers({ body, secret, messageId, timestamp: timestampNow() }) };
    },
    close() {
      dispatch.close();
      receivers.clear();
      waiting = [];
    },
  };
}
