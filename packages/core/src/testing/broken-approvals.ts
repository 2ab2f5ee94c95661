import { chain } from "../memory/audit.ts";
import { everyOrg, orgOf, type State } from "../memory/state.ts";
import type { ApprovalStore, Decision, MoneyLimit } from "../ports/approval-store.ts";
import type { Storage } from "../ports/storage.ts";
import type { Breakage } from "./broken-storage.ts";

type Rooms = Breakage["rooms"];
type ProposeOptions = Parameters<ApprovalStore["propose"]>[2];
type BeginOptions = Parameters<ApprovalStore["begin"]>[2];

const proposesWith =
  (change: (options: ProposeOptions, state: State) => Partial<ProposeOptions>): Rooms =>
  (good, state) => ({
    approvals: {
      propose: async (proposal, call, options) =>
        good.approvals.propose(proposal, call, { ...options, ...change(options, state) }),
    },
  });

const decidesWith =
  (
    change: (decision: Decision, by: { orgId: string; id: string; state: State }) => Partial<Decision>,
  ): Rooms =>
  (good, state) => ({
    approvals: {
      decide: async (orgId, id, decision, error) =>
        good.approvals.decide(orgId, id, { ...decision, ...change(decision, { orgId, id, state }) }, error),
    },
  });

const beginsWith =
  (
    change: (options: BeginOptions, by: { orgId: string; id: string; state: State }) => Partial<BeginOptions>,
  ): Rooms =>
  (good, state) => ({
    approvals: {
      begin: async (orgId, id, options) =>
        good.approvals.begin(orgId, id, { ...options, ...change(options, { orgId, id, state }) }),
    },
  });

const limitsAs = (change: (limit: MoneyLimit) => MoneyLimit): Rooms =>
  beginsWith(({ limits }) => ({ limits: limits.map(change) }));

const stored = (state: State, orgId: string, id: string) => orgOf(state, orgId).proposals.get(id);

/** Looks first, and writes a moment later. */
const later = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

const orgWith = (state: State, id: string): string =>
  [...state.orgs.values()].find(({ proposals }) => proposals.has(id))?.id ?? "";

const expiring = (good: Storage, state: State, expired: boolean): Partial<ApprovalStore> => ({
  decide: async (orgId, id, decision, error) => {
    const clock = state.clock;
    state.clock = { ...clock, now: () => (expired ? decision.at.getTime() : clock.now()) };
    try {
      return await good.approvals.decide(orgId, id, decision, error);
    } finally {
      state.clock = clock;
    }
  },
});

const room = "approvals" as const;

export const approvalBreakages: readonly Breakage[] = [
  {
    name: "a state of null is none",
    room,
    breaks: "a proposal comes back",
    rooms: (good) => ({
      approvals: {
        get: async (...by) => {
          const approval = await good.approvals.get(...by);
          return (
            approval && {
              ...approval,
              proposal: { ...approval.proposal, state: approval.proposal.state ?? undefined },
            }
          );
        },
      },
    }),
  },
  {
    name: "decisions come back in another order",
    room,
    breaks: "a proposal comes back",
    rooms: (good) => ({
      approvals: {
        get: async (...by) => {
          const approval = await good.approvals.get(...by);
          return approval && { ...approval, decisions: approval.decisions.toReversed() };
        },
      },
    }),
  },
  {
    name: "a proposal expires by the host's clock",
    room,
    breaks: "a proposal comes back",
    rooms: proposesWith(() => ({ ttlMs: 1 })),
  },
  {
    name: "a decision leaves no line",
    room,
    breaks: "a proposal and each decision leave",
    rooms: (good, state) => ({
      approvals: {
        decide: async (orgId, id, ...rest) => {
          const decided = await good.approvals.decide(orgId, id, ...rest);
          orgOf(state, orgId).audit.get(id)?.pop();
          return decided;
        },
      },
    }),
  },
  {
    name: "a proposal wakes nobody",
    room,
    breaks: "a proposal and each decision leave",
    rooms: (good, state) => ({
      approvals: {
        propose: async (...by) => {
          const proposed = await good.approvals.propose(...by);
          for (const lease of state.leases.values()) if (lease.kind === "action") lease.dueAt = undefined;
          return proposed;
        },
      },
    }),
  },
  {
    name: "a rejection keeps no reason for the agent",
    room,
    breaks: "a proposal and each decision leave",
    rooms: (good) => ({
      approvals: { decide: (orgId, id, decision) => good.approvals.decide(orgId, id, decision) },
    }),
  },
  {
    name: "the same arguments are proposed again while they wait",
    room,
    breaks: "A11 a proposal whose key",
    rooms: (good, state) => ({
      approvals: {
        propose: async (proposal, call, options) => {
          const { calls } = orgOf(state, call.orgId);
          const same = [...calls.values()].filter((one) => one.argumentsHash === call.argumentsHash);
          for (const one of same) calls.set(one.id, { ...one, argumentsHash: "" });
          const proposed = await good.approvals.propose(proposal, call, options);
          for (const one of same) calls.set(one.id, one);
          return proposed;
        },
      },
    }),
  },
  {
    name: "what was approved is forgotten when the same is proposed",
    room,
    breaks: "A11 a proposal whose key",
    rooms: (good, state) => ({
      approvals: {
        propose: async (proposal, call, options) => {
          const { calls } = orgOf(state, call.orgId);
          const hidden = [...calls.values()].filter((one) => one.state === "approved");
          for (const one of hidden) calls.set(one.id, { ...one, argumentsHash: "" });
          const proposed = await good.approvals.propose(proposal, call, options);
          for (const one of hidden) calls.set(one.id, one);
          return proposed;
        },
      },
    }),
  },
  {
    name: "what waits is looked for first, and a proposal recorded a moment later",
    room,
    breaks: "T40 of many proposals",
    rooms: (good) => ({
      approvals: {
        propose: async (proposal, call, options) => {
          const waiting = await good.approvals.list(call.orgId, { limit: 100 });
          const same = waiting.find((one) => one.call.argumentsHash === call.argumentsHash);
          if (same) return { fresh: false, approval: same, call: same.call };
          await later();
          const other = { ...call, argumentsHash: `${call.argumentsHash}-${call.id}` };
          return await good.approvals.propose(proposal, other, options);
        },
      },
    }),
  },
  {
    name: "an agent may propose without end",
    room,
    breaks: "T40 no more proposals",
    rooms: proposesWith(() => ({ most: 1_000 })),
  },
  {
    name: "an org's agents may propose without end",
    room,
    breaks: "T40 no more proposals",
    rooms: proposesWith(() => ({ mostOfOrg: 1_000 })),
  },
  {
    name: "what waits is counted first, and a proposal recorded a moment later",
    room,
    breaks: "T40 no more proposals",
    rooms: (good) => ({
      approvals: {
        propose: async (proposal, call, options) => {
          const waiting = await good.approvals.list(call.orgId, { state: "proposed", limit: 100 });
          await later();
          const free = { ...options, most: 1_000, mostOfOrg: 1_000 };
          const full = waiting.length >= options.most || waiting.length >= options.mostOfOrg;
          return await good.approvals.propose(proposal, call, full ? options : free);
        },
      },
    }),
  },
  {
    name: "a rejection holds for no time",
    room,
    breaks: "A15 what was rejected",
    rooms: proposesWith(() => ({ coolDownMs: 0 })),
  },
  {
    name: "a rejection holds for ever",
    room,
    breaks: "A15 what was rejected",
    rooms: proposesWith(({ coolDownMs }) => ({ coolDownMs: coolDownMs && 10 ** 12 })),
  },
  {
    name: "the gates are not compared when something is proposed",
    room,
    breaks: "F93 nothing is proposed",
    rooms: (good, state) => ({
      approvals: {
        propose: (proposal, call, options) => {
          const org = orgOf(state, call.orgId);
          const { agents, connections } = org;
          const [agent] = agents.values();
          const [connection] = connections.values();
          if (agent) agents.set(agent.id, { ...agent, active: true });
          if (connection) connections.set(connection.id, { ...connection, modes: {} });
          return good.approvals.propose(proposal, call, options);
        },
      },
    }),
  },
  {
    name: "how a proposal stands is looked up, and decided a moment later",
    room,
    breaks: "A4 F90 of many decisions",
    rooms: (good, state) => ({
      approvals: {
        decide: async (orgId, id, decision, error) => {
          const before = orgOf(state, orgId).calls.get(id);
          await later();
          if (before) orgOf(state, orgId).calls.set(id, before);
          return await good.approvals.decide(orgId, id, decision, error);
        },
      },
    }),
  },
  {
    name: "one yes is enough where two are needed",
    room,
    breaks: "A4 F90 of many decisions",
    rooms: (good) => ({
      approvals: {
        propose: (proposal, ...rest) => good.approvals.propose({ ...proposal, needed: 1 }, ...rest),
      },
    }),
  },
  {
    name: "any hash will do",
    room,
    breaks: "A4 A6 a decision counts",
    rooms: decidesWith((_, { id, orgId, state }) => {
      const hash = stored(state, orgId, id)?.proposal.hash;
      return hash === undefined ? {} : { hash };
    }),
  },
  {
    name: "one person counts for two",
    room,
    breaks: "A4 A6 a decision counts",
    rooms: decidesWith(({ by }, { id, orgId, state }) => {
      const decisions = stored(state, orgId, id)?.decisions ?? [];
      return decisions.some((one) => one.by === by) ? { by: `${by}-${decisions.length}` } : {};
    }),
  },
  {
    name: "what was decided is decided again",
    room,
    breaks: "A4 A6 a decision counts",
    rooms: (good, state) => ({
      approvals: {
        decide: async (orgId, id, decision, error) => {
          const { calls } = orgOf(state, orgId);
          const call = calls.get(id);
          if (call?.state === "approved") calls.set(id, { ...call, state: "proposed" });
          return await good.approvals.decide(orgId, id, decision, error);
        },
      },
    }),
  },
  {
    name: "a proposal expires by the clock of whoever decides",
    room,
    breaks: "A5 F91 a proposal that has expired",
    rooms: (good, state) => ({ approvals: expiring(good, state, true) }),
  },
  {
    name: "a proposal expires before its time",
    room,
    breaks: "A5 F91 a proposal that has expired",
    rooms: (good, state) => ({
      approvals: {
        expire: async (orgId, id, options) => {
          const clock = state.clock;
          state.clock = { ...clock, now: () => clock.now() + 10 ** 9 };
          try {
            return await good.approvals.expire(orgId, id, options);
          } finally {
            state.clock = clock;
          }
        },
      },
    }),
  },
  {
    name: "a proposal expires twice",
    room,
    breaks: "A5 F91 a proposal that has expired",
    rooms: (good, state) => ({
      approvals: {
        expire: async (orgId, id, options) => {
          const { calls } = orgOf(state, orgId);
          const call = calls.get(id);
          if (call?.state === "expired") calls.set(id, { ...call, state: "proposed" });
          return await good.approvals.expire(orgId, id, options);
        },
      },
    }),
  },
  {
    name: "what was approved is looked up, and begun a moment later",
    room,
    breaks: "A4 F10 what was approved",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          const { calls } = orgOf(state, orgId);
          const before = calls.get(id);
          await later();
          if (before) calls.set(id, before);
          return await good.approvals.begin(orgId, id, options);
        },
      },
    }),
  },
  {
    name: "an execution counts no attempt",
    room,
    breaks: "A4 F10 what was approved",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          const call = await good.approvals.begin(orgId, id, options);
          orgOf(state, orgId).calls.set(id, { ...call, attempts: 0 });
          return call;
        },
      },
    }),
  },
  {
    name: "what nobody approved is begun",
    room,
    breaks: "F19 T37 nothing is begun",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          const { calls } = orgOf(state, orgId);
          const call = calls.get(id);
          if (call?.state === "proposed") calls.set(id, { ...call, state: "approved" });
          return await good.approvals.begin(orgId, id, options);
        },
      },
    }),
  },
  {
    name: "any lease begins anything",
    room,
    breaks: "F19 T37 nothing is begun",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          const [lease] = await (async () => {
            await good.leases.wake([{ kind: "action", orgId, subject: id }]);
            return [...state.leases.values()].filter(
              ({ kind, subject }) => kind === "action" && subject === id,
            );
          })();
          if (!lease) return await good.approvals.begin(orgId, id, options);
          lease.holder = "anybody";
          lease.fence = ++state.sequence;
          const { fence } = lease;
          return await good.approvals.begin(orgId, id, {
            ...options,
            lease: { ...options.lease, subject: id, fence, holder: "anybody" },
          });
        },
      },
    }),
  },
  {
    name: "what has expired is begun",
    room,
    breaks: "F91 F93 nothing is begun",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          const clock = state.clock;
          state.clock = { ...clock, now: () => clock.now() - 1_000 };
          try {
            return await good.approvals.begin(orgId, id, options);
          } finally {
            state.clock = clock;
          }
        },
      },
    }),
  },
  {
    name: "the gates are not compared when what was approved is begun",
    room,
    breaks: "F91 F93 nothing is begun",
    rooms: beginsWith(({ expect }, { orgId, state }) => {
      const org = orgOf(state, orgId);
      const [agent] = org.agents.values();
      if (agent) org.agents.set(agent.id, { ...agent, active: true });
      return { expect: { ...expect, generation: org.connections.get(expect.connectionId)?.generation ?? 0 } };
    }),
  },
  {
    name: "the limit is looked at, and the execution begun a moment later",
    room,
    breaks: "T41 A7 of many executions",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          const spent = [...orgOf(state, orgId).proposals.values()].filter(({ begunAt }) => begunAt).length;
          await later();
          const over = (spent + 1) * 100 > (options.limits[0]?.amountMinor ?? 0);
          return await good.approvals.begin(orgId, id, over ? options : { ...options, limits: [] });
        },
      },
    }),
  },
  {
    name: "only the first limit counts",
    room,
    breaks: "A7 a limit counts",
    rooms: beginsWith(({ limits }) => ({ limits: limits.slice(0, 1) })),
  },
  {
    name: "every limit is the org's",
    room,
    breaks: "A7 a limit counts",
    rooms: limitsAs((limit) => ({ ...limit, per: "org" })),
  },
  {
    name: "a window has no end",
    room,
    breaks: "A7 a limit counts",
    rooms: limitsAs((limit) => ({ ...limit, windowMs: 10 ** 12 })),
  },
  {
    name: "what nobody knows of counts nothing",
    room,
    breaks: "A7 a limit counts",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          for (const [key, call] of orgOf(state, orgId).calls) {
            const begun = orgOf(state, orgId).proposals.get(key);
            if (begun && call.state === "outcome_unknown") begun.begunAt = undefined;
          }
          return await good.approvals.begin(orgId, id, options);
        },
      },
    }),
  },
  {
    name: "what did not happen counts all the same",
    room,
    breaks: "A7 a limit counts",
    rooms: (good, state) => ({
      approvals: {
        begin: async (orgId, id, options) => {
          const { calls } = orgOf(state, orgId);
          const kept = [...calls].filter(([, call]) => call.state === "reconciled" && call.error);
          for (const [key, call] of kept) calls.set(key, { ...call, error: undefined });
          try {
            return await good.approvals.begin(orgId, id, options);
          } finally {
            for (const [key, call] of kept) calls.set(key, call);
          }
        },
      },
    }),
  },
  {
    name: "currencies are added up",
    room,
    breaks: "A7 a limit counts",
    rooms: (good, state) => ({
      approvals: {
        begin: (orgId, id, options) => {
          const currency = stored(state, orgId, id)?.proposal.money?.currency ?? "eur";
          const limits = options.limits.map((limit) => ({ ...limit, currency }));
          return good.approvals.begin(orgId, id, { ...options, limits });
        },
      },
    }),
  },
  {
    name: "a stop stops calls, and no proposals",
    room,
    breaks: "A13 once a stop has returned",
    rooms: (good, state) => ({
      approvals: {
        propose: async (proposal, call, options) => {
          const stop = state.stops.get(call.orgId);
          state.stops.delete(call.orgId);
          try {
            return await good.approvals.propose(proposal, call, options);
          } finally {
            if (stop) state.stops.set(call.orgId, stop);
          }
        },
      },
    }),
  },
  {
    name: "a stop stops nothing that is begun",
    room,
    breaks: "A13 once a stop has returned",
    rooms: (good, state) => ({
      actions: {
        begin: async (call, options) => {
          const stop = state.stops.get(call.orgId);
          state.stops.delete(call.orgId);
          try {
            return await good.actions.begin(call, options);
          } finally {
            if (stop) state.stops.set(call.orgId, stop);
          }
        },
      },
    }),
  },
  {
    name: "a stop stops no attempt",
    room,
    breaks: "A13 once a stop has returned",
    rooms: (good) => ({
      actions: {
        transition: (orgId, id, { expect: _, ...change }) => good.actions.transition(orgId, id, change),
      },
    }),
  },
  {
    name: "what was approved before a stop goes on after it",
    room,
    breaks: "A13 once a stop has returned",
    rooms: (good, state) => ({
      approvals: {
        resume: async (orgId, by) => {
          const over = await good.approvals.resume(orgId, by);
          state.stops.delete(orgId ?? everyOrg);
          return over;
        },
      },
    }),
  },
  {
    name: "a second stop is another one",
    room,
    breaks: "A13 once a stop has returned",
    rooms: (good) => ({
      approvals: {
        stop: async (orgId, by) => {
          await good.approvals.resume(orgId, by);
          return await good.approvals.stop(orgId, by);
        },
      },
    }),
  },
  {
    name: "a stop of the deployment stops nobody",
    room,
    breaks: "A13 a stop of the deployment",
    rooms: (good, state) => ({
      approvals: {
        stop: async (orgId, by) => {
          const stop = await good.approvals.stop(orgId, by);
          if (orgId === undefined) state.stops.delete(everyOrg);
          return stop;
        },
      },
    }),
  },
  {
    name: "a stop of one org stops all",
    room,
    breaks: "A13 a stop of the deployment",
    rooms: (good) => ({
      approvals: { stop: (_, by) => good.approvals.stop(undefined, by) },
    }),
  },
  {
    name: "the oldest approval comes first",
    room,
    breaks: "approvals are listed",
    rooms: (good) => ({
      approvals: {
        list: async (...by) => (await good.approvals.list(...by)).toReversed(),
      },
    }),
  },
  {
    name: "a filter by conversation is none",
    room,
    breaks: "approvals are listed",
    rooms: (good) => ({
      approvals: {
        list: (orgId, { conversationId: _, ...filter }) => good.approvals.list(orgId, filter),
      },
    }),
  },
  {
    name: "an approval is found by its id alone",
    room,
    breaks: "T30 one org can neither",
    rooms: (good, state) => ({
      approvals: { get: (_, id) => good.approvals.get(orgWith(state, id), id) },
    }),
  },
  {
    name: "an approval is decided by its id alone",
    room,
    breaks: "T30 one org can neither",
    rooms: (good, state) => ({
      approvals: {
        decide: (_, id, decision, error) => good.approvals.decide(orgWith(state, id), id, decision, error),
      },
    }),
  },
  {
    name: "an approval is begun by its id alone",
    room,
    breaks: "T30 one org can neither",
    rooms: (good, state) => ({
      approvals: {
        begin: (_, id, options) => {
          const orgId = orgWith(state, id);
          const [connection] = orgOf(state, orgId).connections.values();
          const expect = { ...options.expect, connectionId: connection?.id ?? "" };
          return good.approvals.begin(orgId, id, { ...options, expect, lease: { ...options.lease, orgId } });
        },
      },
    }),
  },
  {
    name: "a line is chained to nothing",
    room,
    breaks: "A12 every line",
    rooms: (good, state) => ({
      actions: {
        begin: async (call, options) => {
          const org = orgOf(state, call.orgId);
          const lines = org.chain.splice(0);
          const begun = await good.actions.begin(call, options);
          const own = org.chain.splice(0).map((line) => ({ ...line, chainSeq: lines.length + 1 }));
          org.chain.push(...lines, ...own);
          return begun;
        },
      },
    }),
  },
  {
    name: "a stop leaves no line",
    room,
    breaks: "A12 every line",
    rooms: (good, state) => ({
      approvals: {
        stop: async (orgId, by) => {
          const stop = await good.approvals.stop(orgId, by);
          if (orgId !== undefined) orgOf(state, orgId).chain.pop();
          return stop;
        },
      },
    }),
  },
  {
    name: "the head is not the last line's",
    room,
    breaks: "A12 every line",
    rooms: (good, state) => ({
      actions: {
        chainHead: async (orgId) => {
          const head = await good.actions.chainHead(orgId);
          const [first] = orgOf(state, orgId).chain;
          return head && first && { seq: head.seq, hash: first.hash };
        },
      },
    }),
  },
  {
    name: "a line stands in the chain twice",
    room,
    breaks: "A12 every line",
    rooms: (good, state) => ({
      approvals: {
        propose: async (...by) => {
          const proposed = await good.approvals.propose(...by);
          const org = orgOf(state, by[1].orgId);
          const { chainSeq: _, hash: __, ...last } = org.chain.at(-1) ?? ({} as never);
          if (proposed.fresh) chain(org, last);
          return proposed;
        },
      },
    }),
  },
  {
    name: "what ended without a word is never due again",
    room,
    breaks: "F14 a call that ended",
    rooms: (good) => ({
      actions: {
        transition: (orgId, id, { again: _, ...change }) => good.actions.transition(orgId, id, change),
      },
    }),
  },
  {
    name: "what ended without a word is due again at once",
    room,
    breaks: "F14 a call that ended",
    rooms: (good) => ({
      actions: {
        transition: (orgId, id, change) =>
          good.actions.transition(orgId, id, change.again ? { ...change, again: new Date(0) } : change),
      },
    }),
  },
];
