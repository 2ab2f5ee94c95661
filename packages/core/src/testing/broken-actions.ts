import { orgOf, type State, tuple } from "../memory/state.ts";
import type { GatesSeen } from "../ports/action-store.ts";
import type { Lease } from "../ports/lease-store.ts";
import type { Storage } from "../ports/storage.ts";
import type { Breakage } from "./broken-storage.ts";

type Rooms = Breakage["rooms"];

/** A call is begun, or moved, with other options than those that were given. */
const beginsWith =
  (change: (by: Parameters<Storage["actions"]["begin"]>, state: State) => object): Rooms =>
  (good, state) => ({
    actions: {
      begin: async (call, options) => {
        const changed = { ...options, ...change([call, options], state) };
        return good.actions.begin(call, changed);
      },
    },
  });

const movesWith =
  (
    change: (by: Parameters<Storage["actions"]["transition"]>, state: State, good: Storage) => object,
  ): Rooms =>
  (good, state) => ({
    actions: {
      transition: async (orgId, callId, options) => {
        const changed = { ...options, ...change([orgId, callId, options], state, good) };
        return good.actions.transition(orgId, callId, changed);
      },
    },
  });

/** The lease that this call would need now. */
const forged = (state: State, lease: Lease, subject: string): Lease => {
  const stored = state.leases.get(tuple("action", lease.orgId, subject));
  return { ...lease, kind: "action", subject, fence: stored?.fence ?? 0, holder: stored?.holder ?? "" };
};

/** What the gates would see now of the part that is named; nothing of that part is checked then. */
const unchecked = (
  part: "agent" | "revision" | "mode" | "state" | "generation" | "integration",
  [call, options]: readonly [
    {
      readonly orgId: string;
      readonly agentId: string;
      readonly integration: string;
      readonly action: string;
    },
    { readonly expect?: GatesSeen },
  ],
  state: State,
): object => {
  const { expect } = options;
  if (expect === undefined) return {};
  const org = orgOf(state, call.orgId);
  const agent = org.agents.get(call.agentId);
  const key = tuple(call.agentId, call.integration, call.action);
  const action = org.agentActions.get(key);
  const connection = org.connections.get(expect.connectionId);
  if (part === "agent" && agent) org.agents.set(agent.id, { ...agent, active: true });
  if (part === "revision" && action)
    return { expect: { ...expect, agentActionRevision: action.enabled ? action.revision : -1 } };
  if (connection === undefined) return {};
  if (part === "mode") org.connections.set(connection.id, { ...connection, modes: {} });
  if (part === "state") org.connections.set(connection.id, { ...connection, state: "connected" });
  if (part === "integration")
    org.connections.set(connection.id, { ...connection, integration: call.integration });
  return part === "generation" ? { expect: { ...expect, generation: connection.generation } } : {};
};

const parts = ["agent", "revision", "mode", "state", "generation", "integration"] as const;

export const actionBreakages: readonly Breakage[] = [
  ...parts.map(
    (part): Breakage => ({
      name: `a call is begun whatever became of the ${part}`,
      room: "actions",
      breaks: "F93 a call is not begun",
      rooms: beginsWith(([call, options], state) => unchecked(part, [call, options], state)),
    }),
  ),
  {
    name: "a waiting call is executed whatever the gates say",
    room: "actions",
    breaks: "F93 a call that waits",
    rooms: movesWith(() => ({ expect: undefined })),
  },
  {
    name: "a refused call is recorded all the same",
    room: "actions",
    breaks: "F93 a call is not begun",
    rooms: (good) => ({
      actions: {
        begin: (call, options) =>
          good.actions.begin(call, options).catch(async (error: unknown) => {
            const { expect: _, ...rest } = options;
            await good.actions.begin(call, rest);
            throw error;
          }),
      },
    }),
  },
  {
    name: "the gates are read, and a call is begun a moment later",
    room: "actions",
    breaks: "F93 once a switch-off",
    rooms: (good, state) => ({
      actions: {
        begin: async (call, options) => {
          const action = orgOf(state, call.orgId).agentActions.get(
            tuple(call.agentId, call.integration, call.action),
          );
          const { expect, ...rest } = options;
          if (expect !== undefined && action?.revision !== expect.agentActionRevision)
            return good.actions.begin(call, options);
          for (let i = 0; i < 20; i++) await Promise.resolve();
          // Long enough for another call to see the switch-off first.
          return good.actions.begin(call, rest);
        },
      },
      agents: {
        setAction: async (...by) => {
          if (by[1].enabled) return good.agents.setAction(...by);
          const kept = await good.agents.setAction(...by);
          const key = tuple(by[1].agentId, by[1].integration, by[1].action);
          const { agentActions } = orgOf(state, by[0]);
          agentActions.set(key, { ...kept, enabled: true, revision: kept.revision - 1 });
          void Promise.resolve().then(async () => {
            for (let i = 0; i < 40; i++) await Promise.resolve();
            agentActions.set(key, kept);
          });
          return kept;
        },
      },
    }),
  },
  {
    name: "the oldest connection comes first",
    room: "actions",
    breaks: "the gates show",
    rooms: (good) => ({
      actions: {
        gates: async (...by) => {
          const gates = await good.actions.gates(...by);
          return { ...gates, connections: gates.connections.toReversed() };
        },
      },
    }),
  },
  {
    name: "the gates show connections of other integrations",
    room: "actions",
    breaks: "the gates show",
    rooms: (good) => ({
      actions: {
        gates: async (orgId, asked) => ({
          ...(await good.actions.gates(orgId, asked)),
          connections: await good.connections.list(orgId),
        }),
      },
    }),
  },
  {
    name: "an unset mode is off",
    room: "actions",
    breaks: "a connection's mode that is unset",
    rooms: beginsWith(([call, { expect }], state) => {
      const connection = orgOf(state, call.orgId).connections.get(expect?.connectionId ?? "");
      return expect && connection?.modes.actions !== true ? { expect: { ...expect, generation: -1 } } : {};
    }),
  },
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
];
