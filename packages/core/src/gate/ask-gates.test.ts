import { describe, expect, it } from "vitest";
import { charge, desk } from "../../test/acme-actions.ts";
import type { ActionGates, Connection } from "../index.ts";
import { connectionOf } from "../testing/connection-of.ts";
import { askGates } from "./ask-gates.ts";

const at = new Date(0);
const connected = connectionOf("o", { id: "c-1", generation: 4 });
const agent = { orgId: "o", id: "a", name: "A", active: true, createdAt: at, updatedAt: at } as const;
const agentAction = {
  orgId: "o",
  agentId: "a",
  integration: "acme",
  action: "charge",
  enabled: true,
  config: {},
  revision: 7,
  updatedAt: at,
};
const open: ActionGates = {
  stopped: false,
  connections: [connected],
  agent: { ...agent, kind: "customer_facing" },
  agentAction,
};
const ask = (change: Partial<ActionGates>, named?: string) =>
  askGates(desk(), charge, { ...open, ...change }, named);
const connections = (...likes: Partial<Connection>[]) => ({
  connections: likes.map((like) => connectionOf("o", like)),
});

describe("the gates of an action", () => {
  it("are open with what stands behind them, defaults filled in, and what was seen of it", () => {
    expect(ask({})).toEqual({
      open: {
        connection: connected,
        config: { max_amount: 1_000 },
        seen: { agentActionRevision: 7, connectionId: "c-1", generation: 4 },
      },
    });
  });

  it.each<[string, Partial<ActionGates>, RegExp]>([
    ["stopped", { stopped: true, connections: [], agent: undefined }, /somebody has to resume them/],
    ["connection", { connections: [], agent: undefined }, /is not connected\.$/],
    ["mode", { ...connections({ modes: { actions: false } }), agent: undefined }, /turn its mode/],
    ["agent", { agent: undefined, agentAction: undefined }, /no such agent/],
    [
      "agent",
      { agent: { ...agent, kind: "internal", active: false }, agentAction: undefined },
      /is not active\.$/,
    ],
    ["agent_action", { agentAction: undefined }, /does not have "charge" enabled/],
    ["agent_action", { agentAction: { ...agentAction, enabled: false } }, /does not have "charge" enabled/],
    ["agent_action", { agentAction: { ...agentAction, config: { max_amount: "x" } } }, /fits no longer/],
  ])("are asked in their order: %s before what is closed behind it", (gate, change, words) => {
    expect(ask(change)).toEqual({ closed: { gate, message: expect.stringMatching(words) } });
  });

  it.each<[string, Partial<Connection>[], string | undefined, string]>([
    ["that is the only one", [{ id: "c-1" }], undefined, "c-1"],
    ["that is named among several", [{ id: "c-1" }, { id: "c-2" }], "c-2", "c-2"],
    [
      "that is the only one that works",
      [{ id: "c-1", state: "auth_error" }, { id: "c-2" }],
      undefined,
      "c-2",
    ],
  ])("take the connection %s", (_, likes, named, id) => {
    expect(ask(connections(...likes), named)).toMatchObject({ open: { connection: { id } } });
  });

  it.each<[string, Partial<Connection>[], string | undefined, RegExp]>([
    ["several are there and none is named", [{}, {}], undefined, /has several connections .*: name one\.$/],
    ["the one that is named is not there", [{ id: "c-1" }], "c-2", /has no such connection\.$/],
    ["there is none", [], undefined, /is not connected\.$/],
    [
      "the newest lost access",
      [{ state: "auth_error" }, { state: "disconnected" }],
      undefined,
      /reconnect it\.$/,
    ],
    [
      "the newest was disconnected",
      [{ state: "disconnected" }, { state: "auth_error" }],
      undefined,
      /connect it again\.$/,
    ],
    [
      "the one that is named lost access, whatever else works",
      [{ id: "c-1" }, { id: "c-2", state: "auth_error" }],
      "c-2",
      /reconnect it\.$/,
    ],
  ])("close at the connection where %s", (_, likes, named, words) => {
    const closed = { gate: "connection", message: expect.stringMatching(words) };
    expect(ask(connections(...likes), named)).toEqual({ closed });
  });
});
