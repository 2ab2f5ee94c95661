import { orgOf, type State, tuple } from "../memory/state.ts";
import type { GatesSeen } from "../ports/action-store.ts";
import { beginsWith, movesWith } from "./broken-calls.ts";
import type { Breakage } from "./broken-storage.ts";

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

/** What is asked before a call begins, and what is shown of it. */
export const actionGateBreakages: readonly Breakage[] = [
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
    name: "the gates show a stop that is none",
    room: "actions",
    breaks: "the gates show",
    rooms: (good) => ({
      actions: { gates: async (...by) => ({ ...(await good.actions.gates(...by)), stopped: true }) },
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
];
