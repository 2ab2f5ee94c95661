import { approvalPolicy } from "../src/approvals/policy.ts";
import { loadDomains } from "../src/customers/domain.ts";
import type { Engine } from "../src/engine/engine.ts";
import { createSessions } from "../src/engine/sessions.ts";
import { createEvents } from "../src/events.ts";
import type { NotifyRequest, SubscribeRequest } from "../src/halo/notifications-surface.ts";
import { createNotifications, notify } from "../src/halo/notify-service.ts";
import { uuidv7 } from "../src/ids.ts";
import type {
  Connection,
  IntegrationDefinition,
  NotificationSink,
  SinkRequest,
  Storage,
} from "../src/index.ts";
import { silentLogger } from "../src/index.ts";
import { memoryStorage } from "../src/memory/index.ts";
import { notifySlice } from "../src/notify/notify-slice.ts";
import { connectionOf } from "../src/testing/connection-of.ts";
import { fakeClock } from "../src/testing/fake-clock.ts";
import { runSlice } from "../src/work/slice.ts";
import { Acme, acme } from "./acme.ts";

/** Friday noon, in winter. */
export const start = Date.parse("2026-03-06T12:00:00Z");
export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A sink that keeps what it was sent. */
export class Board implements NotificationSink {
  readonly id: string;
  readonly sent: (SinkRequest & { readonly time: number })[] = [];
  /** Called before each message is kept; throws to fail it. */
  before: (request: SinkRequest) => void | Promise<void> = () => {};
  /** Called after it is kept: the answer is lost. */
  after: (request: SinkRequest) => void | Promise<void> = () => {};
  targetIntervalMs = 0;
  private readonly now: () => number;

  constructor(id: string, now: () => number) {
    this.id = id;
    this.now = now;
  }

  async send(request: SinkRequest): Promise<{ ref: string }> {
    await this.before(request);
    this.sent.push({ ...request, time: this.now() });
    await this.after(request);
    return { ref: `m-${this.sent.length}` };
  }

  get titles(): readonly string[] {
    return this.sent.map(({ message }) => message.title);
  }
}

/** A board on which messages can be looked for. */
export class FindableBoard extends Board {
  looks = 0;

  async find({ deliveryKey }: SinkRequest): Promise<{ ref: string } | undefined> {
    this.looks++;
    const at = this.sent.findIndex((one) => one.deliveryKey === deliveryKey);
    return at === -1 ? undefined : { ref: `m-${at + 1}` };
  }
}

export type NotifyBench = Awaited<ReturnType<typeof notifyBench>>;

/** What sends notifications, on a store in memory, with a board of the host's and one of an integration's. */
export async function notifyBench(
  options: {
    readonly integrations?: (board: Board) => readonly IntegrationDefinition[];
    readonly storage?: (inner: Storage) => Storage;
    readonly engine?: Partial<Engine>;
    readonly at?: number;
  } = {},
) {
  const clock = fakeClock(options.at ?? start);
  const host = new Board("board", clock.now);
  const findable = new FindableBoard("findable", clock.now);
  const own = new Board("chat", clock.now);
  const vendor = new Acme(0);
  const chat = acme({
    id: "chat",
    name: "Chat",
    modes: { ingest: false, actions: false, notifications: true },
    streams: [],
    sink: {
      targetIntervalMs: 1_000,
      send: ({ http: _, ...request }) => own.send(request),
      checkTarget: () => {},
    },
  });
  const source = acme({ modes: { ingest: true, actions: true, notifications: true } });
  const list = options.integrations?.(own) ?? [chat, source];
  const integrations = new Map(list.map((one) => [one.id, one]));
  const inner = memoryStorage({ clock });
  const storage = options.storage?.(inner) ?? inner;
  await storage.open({ mirrors: [], space: undefined, logger: silentLogger, clock, strictRole: false });
  const engine: Engine = {
    storage,
    clock,
    logger: silentLogger,
    events: createEvents(silentLogger),
    ring: { current: "k1", key: () => new Uint8Array(32).fill(7) },
    integrations,
    embedder: undefined,
    model: undefined,
    learning: { budget: { calls: 1_000, characters: 10_000_000 }, concurrency: 2 },
    domains: await loadDomains(),
    sessions: createSessions(integrations, clock, () => vendor.http()),
    publicUrl: "https://app.example.com",
    base: "/api/integrations",
    notify: {
      sinks: new Map([
        [host.id, host],
        [findable.id, findable],
      ]),
      gapThreshold: 3,
      gapWindowMs: 7 * day,
    },
    approvals: approvalPolicy(),
    sliceMs: 30_000,
    leaseMs: 15_000,
    ...options.engine,
  };
  const service = createNotifications(engine);

  /** Claims the org's piece if it is due, and works a slice. False if it is not. */
  const slice = async (orgId = "org-1", work = notifySlice): Promise<boolean> => {
    const leases = await storage.leases.claim({
      holder: uuidv7(clock.now()),
      limit: 100,
      ttlMs: engine.leaseMs,
      kinds: ["notify"],
    });
    for (const other of leases)
      if (other.orgId !== orgId) await storage.leases.release(other, new Date(clock.now()));
    const lease = leases.find((one) => one.orgId === orgId);
    if (!lease) return false;
    const again = await clock.run(
      runSlice(engine, lease, new AbortController().signal, (piece) => work(engine, piece)),
    );
    await storage.leases.release(lease, again);
    return true;
  };

  return {
    clock,
    engine,
    storage,
    service,
    host,
    findable,
    chat: own,
    slice,
    /** Works whatever is due, until nothing is. */
    async settle(orgId = "org-1"): Promise<void> {
      for (let rounds = 0; await slice(orgId); rounds++) if (rounds > 500) throw new Error("nothing settled");
    },
    /** Lets time pass, working what comes due. */
    async pass(ms: number, stepMs = minute): Promise<void> {
      for (const end = clock.now() + ms; clock.now() < end; ) {
        await clock.advance(Math.min(stepMs, end - clock.now()));
        await this.settle();
      }
    },
    async connect(integration: string, like: Partial<Connection> = {}): Promise<string> {
      const made = connectionOf(
        "org-1",
        { integration, modes: { notifications: true }, ...like },
        new Date(clock.now()),
      );
      await storage.connections.create(made);
      return made.id;
    },
    subscribe: (like: Partial<SubscribeRequest> = {}) =>
      service.subscribe({ orgId: "org-1", type: "new_ticket", sink: "board", target: "room", ...like }),
    raise: (like: Partial<NotifyRequest<"new_ticket">> = {}) =>
      notify(engine, {
        orgId: "org-1",
        type: "new_ticket",
        key: uuidv7(clock.now()),
        event: ticket(),
        ...like,
      }),
    notify: (request: NotifyRequest) => notify(engine, request),
    statuses: async () => {
      const all = await storage.notifications.deliveries("org-1", { limit: 1_000 });
      return all.map(({ reason, status }) => (reason ? `${status} ${reason}` : status)).reverse();
    },
  };
}

export const ticket = (like: Partial<NotifyRequest<"new_ticket">["event"]> = {}) => ({
  ticketId: "t-1",
  subject: "Printer on fire",
  ...like,
});
