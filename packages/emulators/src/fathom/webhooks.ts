import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";
import { createDeliveries, type Deliveries, type DeliveryAttempt } from "../webhooks/deliveries.ts";
import { type FathomAccount, type FathomMeeting, isOwn, maySee } from "./account.ts";
import { NOTHING, renderMeeting } from "./render.ts";
import { signFathom } from "./sign.ts";

export const FATHOM_TRIGGERS = [
  "my_recordings",
  "shared_external_recordings",
  "my_shared_with_team_recordings",
  "shared_team_recordings",
] as const;
export type FathomTrigger = (typeof FATHOM_TRIGGERS)[number];

export interface FathomWebhook {
  readonly id: string;
  readonly account: number;
  /** Whose key made it. */
  readonly email: string;
  readonly url: string;
  readonly secret: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly triggeredFor: readonly FathomTrigger[];
  readonly transcript: boolean;
  readonly summary: boolean;
  readonly actionItems: boolean;
  readonly crmMatches: boolean;
}

export interface FathomWebhooks
  extends Pick<Deliveries, "behaviour" | "attempts" | "lost" | "flush" | "settled" | "close"> {
  /** The vendor has no list of them; this one is for tests. */
  readonly hooks: ReadonlyMap<string, FathomWebhook>;
  create(hook: Omit<FathomWebhook, "id" | "secret" | "createdAt">): FathomWebhook;
  remove(id: string): void;
  /** Sends any payload again, or one made up, once. */
  send(id: string, payload: Readonly<Record<string, unknown>>): Promise<DeliveryAttempt>;
  /** A body and its headers as the vendor would send them now, to be posted by a test. */
  sign(
    body: string,
    options: { secret: string; messageId?: string },
  ): { body: string; headers: Record<string, string> };
  /** The body that tells a webhook of a meeting. */
  bodyOf(
    hook: FathomWebhook,
    account: FathomAccount,
    meeting: FathomMeeting,
  ): Readonly<Record<string, unknown>>;
  /** A summary is ready: those are told who may see it at this moment. */
  onReady(account: FathomAccount, meeting: FathomMeeting): void;
}

/** guess: the schedule and the patience of Svix, which delivers for the vendor; it promises neither. */
const RETRY_MS = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];
const TIMEOUT_MS = 15_000;

export function createWebhooks(settings: {
  readonly clock: Clock;
  readonly random: Random;
  readonly seed: string;
  readonly fetch: typeof globalThis.fetch | undefined;
}): FathomWebhooks {
  const { clock, random } = settings;
  const hooks = new Map<string, FathomWebhook>();
  let serial = 0;
  const digest = (text: string) => createHash("sha256").update(`${settings.seed}:${text}`).digest();
  const deliveries = createDeliveries({
    clock,
    random,
    fetch: settings.fetch,
    timeoutMs: TIMEOUT_MS,
    retryMs: RETRY_MS,
    isFinal: () => false,
    headers: (input) => ({
      "content-type": "application/json",
      "user-agent": "Svix-Webhooks/1.81.0 (sender-9YMgn; +https://www.svix.com/http-sender/)",
      ...signFathom(input),
    }),
    messageId: (number) =>
      `msg_${digest(`message:${number}`).toString("base64url").replace(/[-_]/g, "x").slice(0, 27)}`,
  });

  const bodyOf: FathomWebhooks["bodyOf"] = (hook, account, meeting) => {
    const { actionItems, crmMatches, summary, transcript } = hook;
    const include = { ...NOTHING, actionItems, crmMatches, summary, transcript };
    const body = renderMeeting(account, meeting, include);
    // What was not chosen is not there at all, as in the vector.
    const left: Readonly<Record<string, boolean>> = {
      transcript,
      default_summary: summary,
      action_items: actionItems,
      crm_matches: crmMatches,
      highlights: false,
    };
    return Object.fromEntries(Object.entries(body).filter(([name]) => left[name] ?? true));
  };

  /** Judged at the moment at which the summary is ready. */
  const concerns = (hook: FathomWebhook, account: FathomAccount, meeting: FathomMeeting): boolean => {
    const user = account.users.get(hook.email);
    if (hook.account !== account.number || !user?.active || !maySee(user, meeting)) return false;
    const mine = meeting.recordedBy.email === user.email;
    const own = isOwn(account, meeting);
    const shared = meeting.sharedWith !== "no_teams";
    const holds: Readonly<Record<FathomTrigger, boolean>> = {
      my_recordings: mine,
      shared_external_recordings: !own,
      my_shared_with_team_recordings: mine && shared,
      shared_team_recordings: !mine && own && shared,
    };
    return hook.triggeredFor.some((trigger) => holds[trigger]);
  };

  return {
    behaviour: deliveries.behaviour,
    attempts: deliveries.attempts,
    lost: deliveries.lost,
    flush: deliveries.flush,
    settled: deliveries.settled,
    close: deliveries.close,
    hooks,
    create(given) {
      const number = ++serial;
      const id = digest(`hook:${number}`).toString("base64url").replace(/[-_]/g, "x").slice(0, 16);
      const secret = `whsec_${digest(`secret:${number}`).subarray(0, 24).toString("base64")}`;
      const hook: FathomWebhook = { ...given, id, secret, createdAt: clock.now() };
      hooks.set(id, hook);
      deliveries.add({ id, targetUrl: given.url, secret });
      return hook;
    },
    remove(id) {
      hooks.delete(id);
      deliveries.remove(id);
    },
    async send(id, payload) {
      const receiver = deliveries.receivers.get(id);
      if (!receiver) throw new RangeError(`No webhook ${id}.`);
      return deliveries.send(receiver, payload);
    },
    sign: (body, options) => deliveries.sign(body, options),
    bodyOf,
    onReady(account, meeting) {
      for (const hook of hooks.values())
        if (concerns(hook, account, meeting)) deliveries.enqueue(hook.id, bodyOf(hook, account, meeting));
    },
  };
}
