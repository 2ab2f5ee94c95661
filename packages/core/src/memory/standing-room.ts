import type { CustomerKind } from "../define/customer.ts";
import type { Json } from "../define/json.ts";
import type { Segment } from "../ports/segment-store.ts";
import type {
  ChangedCustomer,
  HealthScore,
  HealthSignal,
  Renewal,
  StandingTopic,
} from "../ports/standing-store.ts";

/** Of one customer in one segment; kept when they leave, for the count of their entries. */
export interface Member {
  in: boolean;
  entry: number;
  enteredAt: Date;
  /** Somebody is to be told of the entry. */
  untold: boolean;
}

/** How an org's customers stand. */
export interface StandingRoom {
  readonly segments: Map<string, Segment>;
  /** By segment, the members of one revision of it. */
  readonly members: Map<string, { readonly revision: number; readonly of: Map<string, Member> }>;
  readonly settings: Map<StandingTopic, Json>;
  readonly changes: Map<string, ChangedCustomer>;
  sweptAt: Date | undefined;
  /** By customer. */
  readonly signals: Map<string, Map<HealthSignal, { readonly value: Json; readonly at: Date }>>;
  readonly health: Map<string, HealthScore>;
  readonly history: Map<string, HealthScore[]>;
  readonly renewals: Map<string, Renewal>;
  readonly seen: Map<string, { first: Date; last: Date }>;
  readonly context: Map<string, { readonly [label: string]: Json }>;
}

export const emptyStanding = (): StandingRoom => ({
  segments: new Map(),
  members: new Map(),
  settings: new Map(),
  changes: new Map(),
  sweptAt: undefined,
  signals: new Map(),
  health: new Map(),
  history: new Map(),
  renewals: new Map(),
  seen: new Map(),
  context: new Map(),
});

/** Only then are changes noted: most orgs have nothing to work out. */
export const isWatched = ({ segments, settings }: StandingRoom): boolean =>
  segments.size > 0 || settings.size > 0;

export const changed = (kind: CustomerKind, customerId: string, seq: number): ChangedCustomer => ({
  kind,
  customerId,
  seq,
});

/** What was worked out for a customer who is gone goes; what the host said of them goes to their heir. */
export function inherit(room: StandingRoom, gone: string, heir: string | undefined): void {
  const [signals, seen, context] = [room.signals.get(gone), room.seen.get(gone), room.context.get(gone)];
  if (heir !== undefined) {
    const own = room.signals.get(heir) ?? new Map();
    for (const [signal, said] of signals ?? [])
      if ((own.get(signal)?.at ?? new Date(0)) < said.at) own.set(signal, said);
    room.signals.set(heir, own);
    const before = room.seen.get(heir);
    const [first, last] = [before?.first ?? seen?.first, before?.last ?? seen?.last];
    if (seen && first && last)
      room.seen.set(heir, {
        first: new Date(Math.min(seen.first.getTime(), first.getTime())),
        last: new Date(Math.max(seen.last.getTime(), last.getTime())),
      });
    if (context) room.context.set(heir, { ...context, ...room.context.get(heir) });
  }
  for (const map of [room.signals, room.seen, room.context, room.health, room.history, room.renewals])
    map.delete(gone);
  for (const { of } of room.members.values()) of.delete(gone);
}
