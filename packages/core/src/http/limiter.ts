import type PQueue from "p-queue";
import type { HttpDefinition } from "../define/http.ts";
import { RateLimitError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Brake, createBrake } from "./brake.ts";
import { type BudgetWindow, createBudgetWindow, type Use } from "./budget-window.ts";

export interface LimiterOptions {
  readonly definition: Pick<HttpDefinition, "budgets" | "concurrency">;
  readonly clock: Clock;
  /** Calls wait until then, for that reason. Told for waits of 100 ms and more. */
  readonly onWaiting?: (untilMs: number, reason: "budget" | "rate_limited") => void;
  /** No call waits longer than this for a "slow down": it is thrown as `rate_limited` instead. Default 20,000 ms. */
  readonly patienceMs?: number;
  readonly random?: () => number;
}

/** One call on its way, while it holds its places. */
export interface Ticket {
  readonly sentAt: number;
  observe(told: { name: string; limit?: number; remaining?: number; windowMs?: number }): void;
  accepted(): void;
  /** The vendor said "slow down": everything of that budget waits (all of it without a name). Returns until when. */
  limited(refusal: {
    readonly retryAfterMs?: number | undefined;
    readonly budget?: string | undefined;
  }): number;
}

/** Decides when calls of one connection go out; one for all clients of the connection in this process. */
export interface Limiter {
  run<T>(
    request: {
      /** Names of budgets. Undefined: all. */
      readonly budgets?: readonly string[] | undefined;
      readonly priority?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    },
    work: (ticket: Ticket) => Promise<T>,
  ): Promise<T>;
  /** Another worker was told to wait. */
  hold(untilMs: number): void;
}

/** Calls that share their budgets wait in one line, by priority. */
interface Lane {
  readonly queue: PQueue;
  readonly windows: readonly BudgetWindow[];
  readonly brakes: readonly Brake[];
  wake: { readonly at: number; readonly stop: AbortController } | undefined;
}

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_PATIENCE_MS = 20_000;
/** Refusals in a row after which everybody who waits gives up. */
const MAX_STRIKES = 6;
/** Longer timers overflow; and a clock that was set back is noticed. */
const MAX_SLEEP_MS = 60_000;
const WORTH_TELLING_MS = 100;

export function createLimiter(options: LimiterOptions): Limiter {
  const { clock, definition, random } = options;
  const concurrency = definition.concurrency ?? DEFAULT_CONCURRENCY;
  const patienceMs = options.patienceMs ?? DEFAULT_PATIENCE_MS;
  const budgets = new Map(
    definition.budgets.map((budget) => [
      budget.name,
      { window: createBudgetWindow(budget), brake: createBrake(random) },
    ]),
  );
  const whole = createBrake(random);
  const lanes = new Map<string, Lane>();
  let inFlight = 0;

  /** One lane for each set of budgets. */
  const laneOf = async (names: readonly string[] | undefined): Promise<Lane> => {
    const drawn = names === undefined ? [...budgets.keys()] : names.filter((name) => budgets.has(name));
    const key = [...new Set(drawn)].sort().join("\n");
    const existing = lanes.get(key);
    if (existing) return existing;
    const { default: Queue } = await import("p-queue");
    const made = lanes.get(key);
    if (made) return made;
    const parts = key === "" ? [] : key.split("\n").map((name) => budgets.get(name));
    const lane: Lane = {
      queue: new Queue({ autoStart: false }),
      windows: parts.flatMap((part) => (part ? [part.window] : [])),
      brakes: [whole, ...parts.flatMap((part) => (part ? [part.brake] : []))],
      wake: undefined,
    };
    lanes.set(key, lane);
    return lane;
  };

  const readyAt = (lane: Lane, now: number): { at: number; reason: "budget" | "rate_limited" } => {
    const braked = Math.max(...lane.brakes.map((brake) => brake.readyAt(now)));
    if (inFlight >= concurrency) return { at: Number.POSITIVE_INFINITY, reason: "budget" };
    const free = Math.max(now, ...lane.windows.map((window) => window.readyAt(now)));
    return braked > free ? { at: braked, reason: "rate_limited" } : { at: free, reason: "budget" };
  };

  /** Stops lanes that may not send now. Anything that takes a place ends with this. */
  const hold = () => {
    const now = clock.now();
    for (const lane of lanes.values()) if (readyAt(lane, now).at > now) lane.queue.pause();
  };

  /** Starts lanes that may, and sets a timer for those that may later. Anything that frees a place ends with this. */
  const pump = () => {
    for (const [key, lane] of [...lanes]) {
      const now = clock.now();
      const ready = readyAt(lane, now);
      if (ready.at <= now) {
        lane.wake?.stop.abort();
        lane.wake = undefined;
        // Last served goes last the next time.
        lanes.delete(key);
        lanes.set(key, lane);
        if (lane.queue.isPaused) lane.queue.start();
        // Starting may have paused it again with calls left over: those need their timer.
        if (lane.queue.isPaused) arm(lane);
      } else {
        lane.queue.pause();
        arm(lane);
      }
    }
  };

  const arm = (lane: Lane) => {
    if (lane.queue.size === 0) return;
    const now = clock.now();
    const ready = readyAt(lane, now);
    if (ready.at === Number.POSITIVE_INFINITY) return;
    const at = Math.max(now, Math.min(ready.at, now + MAX_SLEEP_MS));
    if (lane.wake && lane.wake.at <= at) return;
    lane.wake?.stop.abort();
    const wake = { at, stop: new AbortController() };
    lane.wake = wake;
    if (ready.at - now >= WORTH_TELLING_MS) options.onWaiting?.(ready.at, ready.reason);
    clock.sleep(at - now, wake.stop.signal).then(
      () => {
        if (lane.wake === wake) lane.wake = undefined;
        pump();
      },
      () => {},
    );
  };

  const brakedUntil = (lane: Lane) => Math.max(...lane.brakes.map((brake) => brake.until));
  const hopeless = (lane: Lane) =>
    brakedUntil(lane) - clock.now() > patienceMs ||
    (brakedUntil(lane) > clock.now() && lane.brakes.some((brake) => brake.strikes >= MAX_STRIKES));
  const giveUp = () => {
    for (const lane of lanes.values()) if (hopeless(lane)) lane.queue.clear();
  };

  return {
    async run(request, work) {
      const lane = await laneOf(request.budgets);
      if (hopeless(lane)) throw waitTooLong(brakedUntil(lane));
      let begun = false;
      const waiting = lane.queue.add(
        async () => {
          begun = true;
          const sentAt = clock.now();
          const call = {};
          inFlight++;
          const uses = new Map<string, { window: BudgetWindow; use: Use }>();
          for (const window of lane.windows) uses.set(window.name, { window, use: window.start(sentAt) });
          for (const brake of lane.brakes) brake.start(call);
          hold();
          try {
            return await work({
              sentAt,
              observe({ name, ...told }) {
                const own = uses.get(name);
                own?.window.observe(own.use, told, clock.now());
                hold();
              },
              accepted() {
                for (const brake of lane.brakes) brake.accepted(sentAt);
              },
              limited({ retryAfterMs, budget }) {
                const brake = (budget === undefined ? undefined : budgets.get(budget)?.brake) ?? whole;
                const until = brake.refused(sentAt, clock.now(), retryAfterMs);
                hold();
                giveUp();
                return until;
              },
            });
          } finally {
            inFlight--;
            const now = clock.now();
            for (const { window, use } of uses.values()) window.finish(use, now);
            for (const brake of lane.brakes) brake.finish(call);
            pump();
          }
        },
        {
          priority: request.priority ?? 0,
          ...(request.signal ? { signal: request.signal } : {}),
        },
      );
      pump();
      try {
        return await waiting;
      } catch (error) {
        // Cleared out of the line by `giveUp`, and not stopped by its own signal.
        if (!begun && request.signal?.aborted !== true) throw waitTooLong(brakedUntil(lane));
        throw error;
      }
    },
    hold(untilMs) {
      whole.hold(untilMs, clock.now());
      hold();
      giveUp();
    },
  };
}

function waitTooLong(retryAt: number): RateLimitError {
  return new RateLimitError("The vendor asked for fewer calls: call again after `retryAt`.", { retryAt });
}
