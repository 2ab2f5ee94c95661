import { orgOf, type State, tuple } from "../memory/state.ts";
import type { Lease } from "../ports/lease-store.ts";
import { beginsWith, movesWith } from "./broken-calls.ts";
import { retentionBreakages } from "./broken-retention.ts";
import type { Breakage } from "./broken-storage.ts";

/** The lease that this call would need now. */
const forged = (state: State, lease: Lease, subject: string): Lease => {
  const stored = state.leases.get(tuple("action", lease.orgId, subject));
  return { ...lease, kind: "action", subject, fence: stored?.fence ?? 0, holder: stored?.holder ?? "" };
};

/** What a call and its moves leave behind. */
export const actionBreakages: readonly Breakage[] = [
  {
    name: "a call is begun without its audit",
    room: "actions",
    breaks: "a call comes back",
    rooms: (good, state) => ({
      actions: {
        begin: async (call, options) => {
          const begun = await good.actions.begin(call, options);
          orgOf(state, call.orgId).audit.delete(call.id);
          return begun;
        },
      },
    }),
  },
  {
    name: "an output of null is none",
    room: "actions",
    breaks: "a call comes back",
    rooms: (good) => ({
      actions: {
        get: async (...by) => {
          const call = await good.actions.get(...by);
          return call && { ...call, output: call.output ?? undefined };
        },
      },
    }),
  },
  {
    name: "the gates are asked before the key is looked up",
    room: "actions",
    breaks: "a call whose key is known",
    rooms: (good, state) => ({
      actions: {
        begin: (call, options) => {
          const active = orgOf(state, call.orgId).agents.get(call.agentId)?.active;
          const fails = options.expect !== undefined && active !== true;
          const probe = { ...call, id: `${call.id}-probe`, idempotencyKey: undefined };
          return good.actions.begin(fails ? probe : call, options);
        },
      },
    }),
  },
  {
    name: "a repeated call gets a lease too",
    room: "actions",
    breaks: "a call whose key is known",
    rooms: (good) => ({
      actions: {
        begin: async (call, options) => {
          const begun = await good.actions.begin(call, options);
          const { holder = "h" } = options.lease ?? {};
          const work = { kind: "action" as const, orgId: call.orgId, subject: begun.call.id };
          const expiresAt = new Date(8.64e15);
          return begun.fresh
            ? begun
            : { ...begun, lease: { ...work, fence: 1, holder, expiresAt, attempts: 1 } };
        },
      },
    }),
  },
  {
    name: "a key is looked up, and a call recorded a moment later",
    room: "actions",
    breaks: "F94 of fifty calls",
    rooms: (good, state) => ({
      actions: {
        begin: async (call, options) => {
          const found = await good.actions.byKey(call.orgId, call.idempotencyKey ?? "");
          if (found !== undefined) return { fresh: false, call: found, lease: undefined };
          const begun = await good.actions.begin({ ...call, idempotencyKey: undefined }, options);
          orgOf(state, call.orgId).callKeys.set(call.idempotencyKey ?? "", call.id);
          return begun;
        },
      },
    }),
  },
  {
    name: "a call is executing without a lease",
    room: "actions",
    breaks: "F07 a call that is executing",
    rooms: beginsWith(() => ({ lease: undefined })),
  },
  {
    name: "a call's lease never runs out",
    room: "actions",
    breaks: "F07 a call that is executing",
    rooms: beginsWith(([, { lease }]) => (lease ? { lease: { ...lease, ttlMs: 1e12 } } : {})),
  },
  {
    name: "a call moves without its fence",
    room: "actions",
    breaks: "F19 whoever lost the lease",
    rooms: movesWith(([orgId, callId, { lease }], state) =>
      lease?.kind === "action" && lease.orgId === orgId && lease.subject === callId && lease.holder !== "x"
        ? { lease: forged(state, lease, callId) }
        : {},
    ),
  },
  {
    name: "the lease of any call moves every call",
    room: "actions",
    breaks: "F19 whoever lost the lease",
    rooms: movesWith(([, callId, { lease }], state) =>
      lease && lease.subject !== callId ? { lease: forged(state, lease, callId) } : {},
    ),
  },
  {
    name: "a call that ended keeps its lease",
    room: "actions",
    breaks: "a move out of executing",
    rooms: (good, state) => ({
      actions: {
        transition: async (...by) => {
          const { lease } = by[2];
          const key = lease && tuple(lease.kind, lease.orgId, lease.subject);
          const stored = state.leases.get(key ?? "");
          const moved = await good.actions.transition(...by);
          if (key !== undefined && stored !== undefined) state.leases.set(key, stored);
          return moved;
        },
      },
    }),
  },
  {
    name: "every move lets the lease go",
    room: "actions",
    breaks: "a move out of executing",
    rooms: (good) => ({
      actions: {
        transition: async (...by) => {
          const moved = await good.actions.transition(...by);
          if (by[2].lease) await good.leases.release(by[2].lease, undefined);
          return moved;
        },
      },
    }),
  },
  {
    name: "a call that waited is executing without a lease",
    room: "actions",
    breaks: "a call that waited",
    rooms: movesWith(() => ({ claim: undefined })),
  },
  {
    name: "the state is not compared",
    room: "actions",
    breaks: "F90 of many moves",
    rooms: movesWith(([orgId, callId, { from }], state) => {
      const call = orgOf(state, orgId).calls.get(callId);
      return { from: call ? [...from, call.state] : from };
    }),
  },
  {
    name: "undefined fields stay",
    room: "actions",
    breaks: "a move sets the fields",
    rooms: movesWith(([, , { set }]) => ({
      set: Object.fromEntries(Object.entries(set ?? {}).filter(([, value]) => value !== undefined)),
    })),
  },
  {
    name: "fields that are not named are emptied",
    room: "actions",
    breaks: "a move sets the fields",
    rooms: movesWith(([, , { set }]) => ({ set: { confirmationHash: undefined, ...set } })),
  },
  {
    name: "a move that is refused is on record",
    room: "actions",
    breaks: "T49 the audit",
    rooms: (good, state) => ({
      actions: {
        transition: (...by) =>
          good.actions.transition(...by).catch((error: unknown) => {
            const lines = orgOf(state, by[0]).audit.get(by[1]) ?? [];
            const [last] = lines.slice(-1);
            if (last) lines.push({ ...last, seq: last.seq + 1 });
            throw error;
          }),
      },
    }),
  },
  {
    name: "the audit says the first of the states that a call may come from",
    room: "actions",
    breaks: "T49 the audit",
    rooms: (good) => ({
      actions: {
        audit: async (...by) => {
          const lines = await good.actions.audit(...by);
          return lines.map((line) =>
            line.from === undefined ? line : { ...line, from: "refused" as const },
          );
        },
      },
    }),
  },
  {
    name: "calls are listed oldest first",
    room: "actions",
    breaks: "calls are listed",
    rooms: (good) => ({
      actions: { list: async (...by) => (await good.actions.list(...by)).toReversed() },
    }),
  },
  {
    name: "a page repeats the last call of the one before",
    room: "actions",
    breaks: "calls are listed",
    rooms: (good) => ({
      actions: {
        list: (orgId, filter) =>
          good.actions.list(orgId, { ...filter, before: filter.before && `${filter.before}~` }),
      },
    }),
  },
  {
    name: "what is read of a call is what is stored",
    room: "actions",
    breaks: "callers cannot change",
    rooms: (_, state) => ({ actions: { get: async (orgId, id) => orgOf(state, orgId).calls.get(id) } }),
  },
  {
    name: "another org's call can be read",
    room: "actions",
    breaks: "T30 one org",
    rooms: (good, state) => ({
      actions: {
        byKey: async (_, key) => {
          for (const orgId of state.orgs.keys()) {
            const found = await good.actions.byKey(orgId, key);
            if (found !== undefined) return found;
          }
          return undefined;
        },
      },
    }),
  },
  {
    name: "another org's lease moves a call of the same id",
    room: "actions",
    breaks: "T30 one org",
    rooms: movesWith(([orgId, callId, { lease }], state) =>
      lease && lease.orgId !== orgId ? { lease: forged(state, { ...lease, orgId }, callId) } : {},
    ),
  },
  {
    name: "a call's quotes are doubled",
    room: "actions",
    breaks: "T27 hostile names",
    rooms: (good) => ({
      actions: {
        begin: (call, options) =>
          good.actions.begin({ ...call, action: call.action.replaceAll("'", "''") }, options),
      },
    }),
  },
  ...retentionBreakages,
];
