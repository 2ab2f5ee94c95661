import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { type HealthSettings, healthSettings } from "../health/health-settings.ts";
import { type Fall, isScored, scoreOf } from "../health/score.ts";
import { slotsAround } from "../notify/slots.ts";
import type { NewNotification } from "../ports/notification-store.ts";
import type { Segment } from "../ports/segment-store.ts";
import type { ChangedCustomer, HealthInputs } from "../ports/standing-store.ts";
import { renewalOf } from "../renewals/renewal-of.ts";
import { type RenewalSettings, renewalSettings } from "../renewals/renewal-settings.ts";
import { movesWithTime } from "../segments/moments.ts";
import type { Again, Slice } from "../work/slice.ts";
import { tellEntries } from "./tell-entries.ts";

const batchSize = 500;
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

interface Plan {
  readonly health: HealthSettings | undefined;
  readonly renewals: RenewalSettings | undefined;
  readonly segments: readonly Segment[];
}

/**
 * Works out how an org's customers stand: of those that changed health first, then renewals, then segments, each of which
 * may ask for the one before. All of them once a day, since scores age and dates come near; segments that go by the clock
 * once an hour. Every step can be repeated: a change is forgotten when all is done that follows from it.
 */
export async function standingSlice(engine: Engine, slice: Slice): Promise<Again> {
  const { clock, storage } = engine;
  const { lease } = slice;
  const plan = await planOf(engine, lease.orgId);
  if (plan.segments.length === 0 && !plan.health && !plan.renewals) return undefined;
  const day = { frequency: "daily", at: "00:05", timeZone: plan.renewals?.timeZone ?? "UTC" } as const;
  const { last, next } = slotsAround(day, clock.now());
  await storage.standing.sweep(lease, new Date(last));

  const hour = Math.floor(clock.now() / hourMs) * hourMs;
  const moving = plan.segments.filter(({ filter }) => movesWithTime(filter));
  const filled = await storage.segments.filled(lease);
  for (const segment of plan.segments) {
    slice.signal.throwIfAborted();
    if (!filled.has(segment.id)) await refresh(engine, slice, segment, undefined);
  }
  if (moving.length > 0 && (await storage.leases.takeSlot(`segments ${lease.orgId}`, new Date(hour)))) {
    for (const segment of moving) {
      slice.signal.throwIfAborted();
      if (filled.has(segment.id)) await refresh(engine, slice, segment, undefined);
    }
  }
  for (;;) {
    slice.signal.throwIfAborted();
    const changes = await storage.standing.changes(lease, batchSize);
    if (changes.length > 0) await workOff(engine, slice, plan, changes);
    await tellEntries(engine, slice, plan.segments);
    if (changes.length < batchSize) break;
    if (slice.ending()) return new Date(clock.now());
  }
  return new Date(Math.min(next, moving.length > 0 ? hour + hourMs : Number.POSITIVE_INFINITY));
}

async function planOf({ storage }: Engine, orgId: string): Promise<Plan> {
  const [health, renewals, segments] = await Promise.all([
    storage.standing.settings(orgId, "health"),
    storage.standing.settings(orgId, "renewals"),
    storage.segments.list(orgId),
  ]);
  return {
    health: health === undefined ? undefined : healthSettings(health),
    renewals: renewals === undefined ? undefined : renewalSettings(renewals),
    segments,
  };
}

async function refresh(
  engine: Engine,
  { lease }: Slice,
  segment: Segment,
  only: readonly string[] | undefined,
): Promise<void> {
  const { filter, kind } = segment;
  const now = new Date(engine.clock.now());
  await engine.storage.segments.refresh(lease, segment, { kind, filter, now }, only);
}

async function workOff(
  engine: Engine,
  slice: Slice,
  { health, renewals, segments }: Plan,
  changes: readonly ChangedCustomer[],
): Promise<void> {
  const { clock, storage } = engine;
  const { lease } = slice;
  const idsOf = (kind: CustomerKind) => changes.flatMap((one) => (one.kind === kind ? [one.customerId] : []));
  for (const kind of ["end_user", "company"] as const) {
    const ids = idsOf(kind);
    if (ids.length === 0) continue;
    const now = new Date(clock.now());
    if (health) {
      const since = new Date(now.getTime() - health.windowDays * dayMs);
      const inputs = await storage.standing.healthInputs(lease, kind, ids, since);
      const scored = inputs
        .filter(({ previous }) => previous !== undefined || isScored(kind, health))
        .map((one) => ({ one, ...scoreOf(one, health, now) }));
      await storage.standing.saveHealth(
        lease,
        scored.map(({ score }) => score),
        scored.flatMap(({ fall, one, score }) => (fall ? fallen(one, fall, score.falls, now) : [])),
      );
    }
    if (renewals) {
      const inputs = await storage.standing.renewalInputs(lease, kind, ids);
      await storage.standing.saveRenewals(
        lease,
        inputs.map((one) => renewalOf(one, renewals, now)),
      );
    }
  }
  const companies = idsOf("company");
  const all = [...idsOf("end_user"), ...companies];
  for (const segment of segments)
    await refresh(engine, slice, segment, segment.kind === "company" ? companies : all);
  await storage.standing.settle(lease, changes);
}

const longestName = 300;

/** Of companies only: that is what the type of notification tells of. The same fall has the same key, whoever finds it. */
function fallen(
  { customerId, kind, name }: HealthInputs,
  fall: Fall,
  falls: number,
  now: Date,
): NewNotification[] {
  if (kind !== "company") return [];
  const company = name?.trim().slice(0, longestName) || customerId;
  const event: Json = {
    companyId: customerId,
    company,
    ...fall,
    reasons: [...fall.reasons],
    at: now.toISOString(),
  };
  return [{ type: "health_score_drop", key: `${customerId}:${falls}`, connectionId: undefined, event }];
}
