import type { Reply } from "../reply.ts";
import { type RollingWindow, rollingWindow } from "../rolling-window.ts";
import type { Distribution } from "./call.ts";
import { rateLimited } from "./errors.ts";
import type { Tier } from "./methods/table.ts";

/**
 * Requests a minute, of each method and workspace (vendors/slack.md §3).
 * guess: the vendor's tiers are lower bounds and let bursts pass; here they are exact, by a window that rolls.
 */
export type SlackLimitValues = Readonly<Record<Tier, number>> & {
  /** Messages a second into one channel. */
  readonly postsPerChannelPerSecond: number;
  /** Deliveries of events to one workspace in an hour. */
  readonly eventsPerHour: number;
};

export type SlackLimitSettings = Partial<SlackLimitValues>;

export const SLACK_LIMITS: SlackLimitValues = {
  1: 1,
  2: 20,
  3: 50,
  4: 100,
  history: 50,
  // guess: "hundreds" and "several hundred" a minute.
  identity: 300,
  posting: 300,
  special: 300,
  oauth: 600,
  postsPerChannelPerSecond: 1,
  eventsPerHour: 30_000,
};

export interface SlackLimits {
  /** Undefined: every request passes. */
  readonly values: SlackLimitValues | undefined;
  /** The refusal, or undefined. `channel` where a message is posted. */
  admit(request: {
    readonly method: string;
    readonly tier: Tier;
    readonly team: string;
    readonly channel?: string;
    readonly now: number;
  }): Reply | undefined;
}

const MINUTE = 60_000;

export function createLimits(settings: SlackLimitSettings | "none", distribution: Distribution): SlackLimits {
  if (settings === "none") return { values: undefined, admit: () => undefined };
  const values: SlackLimitValues = {
    ...SLACK_LIMITS,
    ...(distribution === "unlisted" && { history: 1 }),
    ...settings,
  };
  const windows = new Map<string, RollingWindow>();
  const windowOf = (tier: Tier) => {
    const window = windows.get(String(tier)) ?? rollingWindow(values[tier], MINUTE);
    windows.set(String(tier), window);
    return window;
  };
  const posts = rollingWindow(values.postsPerChannelPerSecond, 1_000);
  const refusal = (window: RollingWindow, key: string, now: number) =>
    rateLimited(Math.max(1, Math.ceil((window.freeAt(key, now) - now) / 1_000)));
  return {
    values,
    admit({ method, tier, team, channel, now }) {
      const key = `${method}:${team}`;
      const window = windowOf(tier);
      if (window.remaining(key, now) === 0) return refusal(window, key, now);
      const place = channel === undefined ? undefined : `${team}:${channel}`;
      if (place !== undefined && !posts.take(place, now)) return refusal(posts, place, now);
      window.take(key, now);
      return undefined;
    },
  };
}
