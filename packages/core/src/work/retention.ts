import type { Engine } from "../engine/engine.ts";
import { ConfigurationError } from "../errors.ts";
import type { RetentionOptions } from "../halo/surface.ts";

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** Event ids absorb replays, so they are kept at least so long (I5). */
const leastDeliveryDays = 30;
/** Limits and rejections look back a year at most. */
const leastActionDays = 400;

/** Enforces the retention, once an hour in whichever process comes first. */
export async function enforceRetention(
  engine: Engine,
  retention: RetentionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { storage, clock, logger } = engine;
  const deliveries = retention.deliveries ?? leastDeliveryDays;
  const unrouted = retention.unrouted ?? 7;
  const notifications = retention.notifications ?? 90;
  const runs = retention.runs ?? 90;
  const actions = retention.actions ?? 730;
  const health = retention.health ?? 730;
  if (deliveries < leastDeliveryDays) {
    throw new ConfigurationError(
      `Keep deliveries for at least ${leastDeliveryDays} days: they absorb replays.`,
      {
        option: "retention.deliveries",
      },
    );
  }
  if (!(actions >= leastActionDays)) {
    throw new ConfigurationError(
      `Keep the calls of actions for at least ${leastActionDays} days: limits and rejections look back a year.`,
      { option: "retention.actions" },
    );
  }
  while (!signal.aborted) {
    const now = clock.now();
    const slot = Math.floor(now / hourMs) * hourMs;
    try {
      if (await storage.leases.takeSlot("maintenance", new Date(slot))) {
        await storage.deliveries.purge(new Date(now - deliveries * dayMs), new Date(now - unrouted * dayMs));
        await storage.notifications.purge(new Date(now - notifications * dayMs));
        if (Number.isFinite(runs)) await storage.runs.purge(new Date(now - runs * dayMs));
      }
      // Each time that lines go leaves one: once a day is enough.
      const day = new Date(Math.floor(now / dayMs) * dayMs);
      if (await storage.leases.takeSlot("retention", day)) {
        if (Number.isFinite(actions)) await storage.actions.prune(new Date(now - actions * dayMs));
        if (Number.isFinite(health)) await storage.standing.purge(new Date(now - health * dayMs));
      }
    } catch (error) {
      logger.warn("The retention could not be enforced this hour", {
        error: error instanceof Error ? error.name : "",
      });
    }
    await clock.sleep(slot + hourMs - now + 1_000, signal).catch(() => {});
  }
}
