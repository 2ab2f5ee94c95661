import type { Client } from "pg";
import { describe, expect, it } from "vitest";
import type { Wished } from "./actions-host.ts";
import { type ActionRound, examineActions } from "./actions-oracle.ts";
import type { Arrival } from "./actions-sinks.ts";
import type { ActionName } from "./actions-steps.ts";

const email = "ada@customers.example";
const deal = { key: "wish-1-0", type: "deals", id: "1" };

function act(change: Partial<Wished> = {}, action: ActionName = "create_deal"): Wished {
  const wish = { of: "act", key: "wish-1-0", action, email, channel: "" } as const;
  return { wish, persists: true, findable: true, deaths: 0, heard: { status: "succeeded" }, ...change };
}

function told(change: Partial<Wished> = {}): Wished {
  const wish = { of: "notify", key: "wish-1-1", kind: "kind 0" } as const;
  return { wish, persists: true, findable: true, deaths: 0, heard: { status: "raised" }, ...change };
}

const call = (state = "succeeded", change: { readonly ends?: number } = {}) => ({
  id: "c1",
  state,
  text: '{"name":"Renewal wish-1-0"}',
  ends: 1,
  ...change,
});

const arrived = (sink: Arrival["sink"], repeated = false): Arrival => ({
  sink,
  deliveryKey: "d1",
  about: "wish-1-1",
  repeated,
});
const everywhere = [arrived("searchable"), arrived("plain")];

/** A round that is right in every respect but the ones named. */
function judged({
  calls = [call()],
  made = [deal],
  wished = [act(), told()],
  arrivals = everywhere,
  slack = [arrived("slack")],
  openRows = [],
  interruptions = 0,
  jobTitle = "wish-1-0",
  notes = [],
}: {
  readonly calls?: readonly ReturnType<typeof call>[];
  readonly made?: readonly (typeof deal)[];
  readonly wished?: readonly Wished[];
  readonly arrivals?: readonly Arrival[];
  readonly slack?: readonly Arrival[];
  readonly openRows?: readonly string[];
  readonly interruptions?: number;
  readonly jobTitle?: string;
  readonly notes?: readonly string[];
} = {}) {
  const round: ActionRound = {
    orgId: "acme",
    wished,
    notes,
    vendor: {
      made: () => made,
      updates: () => new Map(),
      jobTitle: () => jobTitle,
      deafDeals: () => 0,
      lostAnswers: () => 0,
    },
    sinks: { arrivals, lostAnswers: () => 0 },
    slack: { arrivals: () => slack, said: () => [], lostAnswers: () => 0 },
    interruptions,
  };
  const query = async (sql: string) => ({
    rows: sql.includes("action_calls") ? calls : openRows.map((what) => ({ what })),
  });
  return examineActions({ query } as unknown as Client, round);
}

describe("what is asked of a round in which agents acted and people were told", () => {
  it("a round in which all is right is found so", async () => {
    expect(await judged()).toMatchObject({ lost: [], doubled: [], unknown: [] });
  });

  it.each([
    [
      "a call that is not at its end",
      { calls: [call("executing")], wished: [act({ heard: undefined }), told()] },
    ],
    [
      "a call that is not there",
      { calls: [], made: [], wished: [act({ heard: { code: "conflict" } }), told()] },
    ],
    ["a call that succeeded, and was not done", { made: [] }],
    [
      "a call that failed, and was done",
      { calls: [call("failed")], wished: [act({ persists: false, heard: undefined }), told()] },
    ],
    [
      "a call that was said to be done, and is not",
      { calls: [call("outcome_unknown")], wished: [act({ findable: false, deaths: 1 }), told()] },
    ],
    [
      "a call that was refused",
      { calls: [call("refused")], made: [], wished: [act({ heard: { code: "gate_closed" } }), told()] },
    ],
    [
      "a call that failed for good",
      { calls: [call("failed")], made: [], wished: [act({ heard: { code: "vendor_failed" } }), told()] },
    ],
    ["a call that nobody was answered about", { wished: [act({ heard: undefined }), told()] }],
    [
      "an unknown call that could have been found",
      {
        calls: [call("outcome_unknown")],
        wished: [act({ deaths: 1, heard: { code: "outcome_unknown" } }), told()],
      },
    ],
    [
      "an unknown call that nobody interrupted",
      {
        calls: [call("outcome_unknown")],
        wished: [act({ findable: false, heard: { code: "outcome_unknown" } }), told()],
      },
    ],
    [
      "a change that does not stand",
      { made: [], wished: [act({}, "update_contact"), told()], jobTitle: "Engineer" },
    ],
    ["a message that never came", { arrivals: [], slack: [] }],
    ["a message that never came to one of the sinks", { slack: [] }],
    [
      "a message that one sink got, though nobody heard of it",
      { slack: [], wished: [act(), told({ persists: false, heard: undefined })] },
    ],
    ["a message that could not be raised", { wished: [act(), told({ heard: { code: "storage_failed" } })] }],
    ["a note of people that nobody was told of", { notes: ["note-1-0"] }],
    ["a note of an agent that nobody was told of", { wished: [act({}, "create_note"), told()] }],
    ["what the store has still to do", { openRows: ["pending: escalation wish-1-1"] }],
  ] as const)("%s is found to be lost", async (_, wrong) => {
    const { doubled, lost } = await judged(wrong);
    expect({ doubled, lost: lost.length > 0 }).toEqual({ doubled: [], lost: true });
  });

  it.each([
    ["a deed that was done twice", { made: [deal, { ...deal, id: "2" }] }],
    [
      "a deed that two calls did",
      { calls: [call(), { ...call(), id: "c2" }], made: [deal, { ...deal, id: "2" }] },
    ],
    ["a call that ended twice", { calls: [call("succeeded", { ends: 2 })] }],
    [
      "a message that came twice where one can look",
      { arrivals: [...everywhere, arrived("searchable", true)] },
    ],
    ["a message that came twice to Slack", { slack: [arrived("slack"), arrived("slack")] }],
    [
      "a message that came again and did not say so",
      { arrivals: [...everywhere, arrived("plain")], interruptions: 1 },
    ],
    [
      "a message that came again though nothing happened",
      { arrivals: [...everywhere, arrived("plain", true)] },
    ],
  ] as const)("%s is found to be doubled", async (_, wrong) => {
    const { doubled, lost } = await judged(wrong);
    expect({ doubled: doubled.length > 0, lost }).toEqual({ doubled: true, lost: [] });
  });

  it("a call that cannot be looked for, and a message to a sink that cannot be searched, may be interrupted", async () => {
    const found = await judged({
      calls: [call("outcome_unknown")],
      wished: [act({ findable: false, deaths: 1, heard: { code: "outcome_unknown" } }), told()],
      arrivals: [...everywhere, arrived("plain", true)],
      interruptions: 1,
    });
    expect(found).toMatchObject({ lost: [], doubled: [], unknownBound: 1, repeated: 1, repeatedBound: 1 });
    expect(found.unknown).toHaveLength(1);
  });
});
