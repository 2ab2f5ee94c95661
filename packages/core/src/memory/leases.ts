import { ConflictError } from "../errors.ts";
import { kickQueue } from "../ports/job-store.ts";
import type { Lease, LeaseStore, Wake } from "../ports/lease-store.ts";
import { sendJobs } from "./jobs.ts";
import { type LeaseState, type State, tuple } from "./state.ts";

const keyOf = (work: Pick<Wake, "kind" | "orgId" | "subject">) => tuple(work.kind, work.orgId, work.subject);

const earliest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

export function wake(state: State, { kind, orgId, subject, at }: Wake): void {
  const now = state.clock.now();
  const key = keyOf({ kind, orgId, subject });
  let lease = state.leases.get(key);
  if (lease === undefined) {
    lease = {
      kind,
      orgId,
      subject,
      fence: 0,
      holder: undefined,
      expiresAt: 0,
      attempts: 0,
      dueAt: undefined,
    };
    state.leases.set(key, lease);
  }
  lease.dueAt = earliest(lease.dueAt, at?.getTime() ?? now);
  if (lease.holder === undefined && lease.dueAt !== undefined && lease.dueAt <= now)
    sendJobs(state, kickQueue, [{ kind, orgId, subject }]);
}

function held(state: State, lease: Lease): LeaseState | undefined {
  const stored = state.leases.get(keyOf(lease));
  return stored?.fence === lease.fence && stored.holder === lease.holder ? stored : undefined;
}

/** Throws `lease_lost` unless the lease is still its holder's. */
export function requireLease(state: State, lease: Lease, orgId: string = lease.orgId): void {
  if (orgId !== lease.orgId || held(state, lease) === undefined)
    throw new ConflictError("The lease is somebody else's by now: stop, and leave the work to them.", {
      code: "lease_lost",
    });
}

/** Claims a piece of work outright, whether or not it was woken: for who just made it, in the same command. */
export function claimNow(
  state: State,
  { kind, orgId, subject }: Wake,
  { holder, ttlMs }: { readonly holder: string; readonly ttlMs: number },
): Lease {
  const key = keyOf({ kind, orgId, subject });
  const attempts = (state.leases.get(key)?.attempts ?? 0) + 1;
  const fence = ++state.sequence;
  const expiresAt = state.clock.now() + ttlMs;
  state.leases.set(key, { kind, orgId, subject, fence, holder, expiresAt, attempts, dueAt: undefined });
  return { kind, orgId, subject, fence, holder, expiresAt: new Date(expiresAt), attempts };
}

/** Lets go of work that is done for good, with whatever was asked of it meanwhile. */
export function forgetWork(state: State, lease: Lease): void {
  state.leases.delete(keyOf(lease));
}

export function memoryLeases(state: State): LeaseStore {
  const free = (lease: LeaseState, again: number | undefined) => {
    lease.holder = undefined;
    lease.attempts = 0;
    lease.dueAt = earliest(lease.dueAt, again);
    if (lease.dueAt !== undefined && lease.dueAt <= state.clock.now())
      sendJobs(state, kickQueue, [{ kind: lease.kind, orgId: lease.orgId, subject: lease.subject }]);
  };

  return {
    async wake(wakes) {
      for (const one of wakes) wake(state, one);
    },

    async claim({ holder, limit, ttlMs, kinds }) {
      const now = state.clock.now();
      const holding = new Map<string, number>();
      const due: LeaseState[] = [];
      for (const lease of state.leases.values()) {
        const isHeld = lease.holder !== undefined && lease.expiresAt > now;
        if (isHeld) holding.set(lease.orgId, (holding.get(lease.orgId) ?? 0) + 1);
        else if (
          (kinds === undefined || kinds.includes(lease.kind)) &&
          (lease.holder !== undefined || (lease.dueAt !== undefined && lease.dueAt <= now))
        )
          due.push(lease);
      }
      due.sort((a, b) => (a.dueAt ?? a.expiresAt) - (b.dueAt ?? b.expiresAt));
      const before = (a: LeaseState, b: LeaseState) =>
        (holding.get(a.orgId) ?? 0) - (holding.get(b.orgId) ?? 0) ||
        (state.turns.get(a.orgId) ?? 0) - (state.turns.get(b.orgId) ?? 0);
      const claimed: Lease[] = [];
      while (claimed.length < limit && due.length > 0) {
        const next = due.reduce((best, lease) => (before(lease, best) < 0 ? lease : best));
        due.splice(due.indexOf(next), 1);
        next.fence = ++state.sequence;
        next.holder = holder;
        next.expiresAt = now + ttlMs;
        next.attempts++;
        if (next.dueAt !== undefined && next.dueAt <= now) next.dueAt = undefined;
        holding.set(next.orgId, (holding.get(next.orgId) ?? 0) + 1);
        state.turns.set(next.orgId, next.fence);
        const { kind, orgId, subject, fence, attempts } = next;
        claimed.push({ kind, orgId, subject, fence, holder, expiresAt: new Date(next.expiresAt), attempts });
      }
      return claimed;
    },

    async heartbeat(lease, ttlMs) {
      const stored = held(state, lease);
      if (stored === undefined) return false;
      stored.expiresAt = state.clock.now() + ttlMs;
      return true;
    },

    async release(lease, again) {
      const stored = held(state, lease);
      if (stored !== undefined) free(stored, again?.getTime());
    },

    async releaseAll(holder) {
      for (const lease of state.leases.values()) if (lease.holder === holder) free(lease, state.clock.now());
    },

    async nextDue() {
      let next: number | undefined;
      for (const lease of state.leases.values())
        next = earliest(next, lease.holder === undefined ? lease.dueAt : lease.expiresAt);
      return next === undefined ? undefined : new Date(next);
    },

    async takeSlot(key, dueAt) {
      const slot = tuple(key, dueAt.toISOString());
      if (state.slots.has(slot)) return false;
      state.slots.add(slot);
      return true;
    },
  };
}
