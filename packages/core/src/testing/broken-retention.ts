import { orgOf } from "../memory/state.ts";
import type { Breakage } from "./broken-storage.ts";

/** Ways to keep a chain, or runs, too long or not long enough. */
export const retentionBreakages: readonly Breakage[] = [
  {
    name: "retention takes nothing",
    room: "approvals",
    breaks: "A12 retention takes the beginning",
    rooms: () => ({ actions: { prune: async () => 0 } }),
  },
  {
    name: "nobody says from which hash a chain goes on",
    room: "approvals",
    breaks: "A12 retention takes the beginning",
    rooms: () => ({ actions: { chainBase: async () => undefined } }),
  },
  {
    name: "retention takes calls that are under way",
    room: "approvals",
    breaks: "A12 retention stops at",
    rooms: (good, state) => ({
      actions: {
        prune: async (before) => {
          for (const { calls } of state.orgs.values())
            for (const [id, call] of calls)
              if (call.state === "executing") calls.set(id, { ...call, state: "succeeded" });
          return await good.actions.prune(before);
        },
      },
    }),
  },
  {
    name: "retention takes what is younger than a year",
    room: "approvals",
    breaks: "A12 retention never takes",
    rooms: (good, state) => ({
      actions: {
        prune: async (before) => {
          for (const { id } of state.orgs.values()) orgOf(state, id).chain.length = 0;
          return await good.actions.prune(before);
        },
      },
    }),
  },
  {
    name: "retention leaves a proposal without its call",
    room: "approvals",
    breaks: "A12 retention takes proposals",
    rooms: (good, state) => ({
      actions: {
        prune: async (before) => {
          const kept = [...state.orgs.values()].map((org) => [org, [...org.proposals]] as const);
          const gone = await good.actions.prune(before);
          for (const [org, all] of kept)
            for (const [id, proposal] of all) {
              org.proposals.set(id, proposal);
              org.calls.set(id, { ...proposal, id, state: "refused" } as never);
            }
          return gone;
        },
      },
    }),
  },
  {
    name: "retention counts what ended by when it began",
    room: "approvals",
    breaks: "A12 retention stops at",
    rooms: (good, state) => ({
      actions: {
        prune: async (before) => {
          for (const { calls, chain } of state.orgs.values()) {
            for (const [id, call] of calls) calls.set(id, { ...call, endedAt: call.createdAt });
            for (const [at, line] of chain.entries())
              chain[at] = { ...line, at: calls.get(line.callId)?.createdAt ?? line.at };
          }
          return await good.actions.prune(before);
        },
      },
    }),
  },
  {
    name: "retention takes the newest run too",
    room: "runs",
    breaks: "retention takes runs",
    rooms: (good, state) => ({
      runs: {
        purge: async (before) => {
          for (const { runs } of state.orgs.values())
            for (const [id, { run }] of runs) if (run.finishedAt && run.finishedAt < before) runs.delete(id);
          return await good.runs.purge(before);
        },
      },
    }),
  },
  {
    name: "retention leaves what was quarantined",
    room: "runs",
    breaks: "retention takes a record",
    rooms: () => ({ runs: { purge: async () => 0 } }),
  },
];
