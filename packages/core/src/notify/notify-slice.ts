import type { Engine } from "../engine/engine.ts";
import type { Again, Slice } from "../work/slice.ts";
import { makeDigests } from "./digest.ts";
import { groupQuestions } from "./knowledge-gaps.ts";
import { routeBatch } from "./route.ts";
import { sendWaiting } from "./send.ts";

/** An org whose messages have to wait for each other lets other orgs' work in after so long. */
const turnMs = 5_000;

/** Works an org's notifications: what is due is made, routed and sent. Asks to go on when more is to do, or is due. */
export async function notifySlice(engine: Engine, slice: Slice): Promise<Again> {
  const { clock, storage } = engine;
  const until = clock.now() + Math.min(turnMs, engine.sliceMs);
  for (;;) {
    slice.signal.throwIfAborted();
    const subscriptions = await storage.notifications.subscriptions(slice.lease.orgId);
    const digest = await makeDigests(engine, slice, subscriptions);
    const asked = await groupQuestions(engine, slice);
    const routed = await routeBatch(engine, slice, subscriptions);
    const sending = await sendWaiting(engine, slice, subscriptions, until);
    const now = clock.now();
    const more = asked > 0 || routed > 0 || (sending !== undefined && sending.getTime() <= now);
    if (more && !slice.ending() && now < until) continue;
    if (more) return new Date(now);
    const next = Math.min(digest ?? Number.POSITIVE_INFINITY, sending?.getTime() ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(next) ? new Date(next) : undefined;
  }
}
