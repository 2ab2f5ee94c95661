import type { LeaseStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { claim } from "./claim.ts";
import { heartbeat, release, releaseAll } from "./release.ts";
import { wakeIn } from "./wake.ts";

export function leaseStore(door: Door): LeaseStore {
  return {
    wake: (wakes) => door.asControl((tx) => wakeIn(tx, wakes)),
    claim: (request) => door.asControl((tx) => claim(tx, request)),
    heartbeat: (lease, ttlMs) => door.asControl((tx) => heartbeat(tx, lease, ttlMs)),
    release: (lease, again) => door.asControl((tx) => release(tx, lease, again)),
    releaseAll: (holder) =>
      door.asControl(async (tx) => {
        // Others are to take over at once, not at their next look.
        if ((await releaseAll(tx, holder)) > 0) await tx.kick();
      }),
    nextDue: () =>
      door.asControl(async (tx) => {
        const { rows } = await tx.query<{ due: Date | null }>(nextDue);
        return rows[0]?.due ?? undefined;
      }),
    takeSlot: (key, dueAt) =>
      door.asControl(async (tx) => {
        const { count } = await tx.query(takeSlot, [key, dueAt]);
        return count === 1;
      }),
  };
}

// A row that is held is due when its lease runs out.
const nextDue = "select min(due_at) as due from leases";

// F88: whoever inserts the row has the slot, across all processes.
const takeSlot = "insert into schedule_slots (key, due_at) values ($1, $2) on conflict do nothing";
