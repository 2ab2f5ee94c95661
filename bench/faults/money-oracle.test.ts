import type { Client } from "pg";
import { describe, expect, it } from "vitest";
import type { Said, Wanted } from "./money-host.ts";
import { examineMoney } from "./money-oracle.ts";

const payer = { customer: "cus_1", payment: "pi_1" };
const said = (change: Partial<Said> = {}): Said => ({
  decision: { kind: "approve", by: "grace" },
  heard: { state: "approved" },
  ...change,
});
const wanted = (change: Partial<Wanted> = {}): Wanted => ({
  wish: { key: "wish-1-0", action: "refund", ...payer },
  payer,
  proposal: { approvalId: "c1", hash: "h" },
  said: [said()],
  ...change,
});
const row = (change: object = {}) => ({
  id: "c1",
  key: "wish-1-0",
  state: "succeeded",
  ends: 1,
  decisions: [{ by: "grace", kind: "approve" }],
  ...change,
});
const rejected = {
  rows: [row({ state: "rejected", decisions: [{ by: "grace", kind: "reject" }] })],
  one: wanted({ said: [said({ decision: { kind: "reject", by: "grace" }, heard: { state: "rejected" } })] }),
  moved: 0,
};

/** A round that is right in every respect but the ones named. */
function judged({
  moved = 1,
  one = wanted(),
  rows = [row()],
}: {
  readonly moved?: number;
  readonly one?: Wanted;
  readonly rows?: readonly ReturnType<typeof row>[];
} = {}) {
  const client = { query: async () => ({ rows }) } as unknown as Client;
  const vendor = { moved: () => moved, lostAnswers: () => 0 };
  return examineMoney(client, { orgId: "acme", vendor, wanted: [one] });
}

describe("what is asked of a round in which money was moved", () => {
  it("a round in which all is right is found so", async () => {
    expect(await judged()).toMatchObject({ lost: [], doubled: [], states: { succeeded: 1 } });
    expect(await judged(rejected)).toMatchObject({ lost: [], doubled: [], states: { rejected: 1 } });
    const stale = { code: "approval_stale", current: "approved" };
    const second = said({ decision: { kind: "reject", by: "linus" }, heard: stale });
    const two = wanted({ said: [said(), second] });
    expect(await judged({ one: two })).toMatchObject({ lost: [], doubled: [] });
  });

  it.each([
    ["a proposal that nobody was answered about", { one: wanted({ proposal: undefined }) }],
    ["a proposal that could not be made", { one: wanted({ proposal: { code: "gate_closed" } }) }],
    ["a proposal that is not there", { rows: [], moved: 0 }],
    ["a proposal that waits still", { rows: [row({ state: "approved" })], moved: 0 }],
    ["a call that nobody knows the end of", { rows: [row({ state: "outcome_unknown" })], moved: 0 }],
    ["money that was said to move, and did not", { moved: 0 }],
    [
      "a word that was taken, and is not kept",
      { rows: [row({ decisions: [{ by: "linus", kind: "approve" }] })] },
    ],
    ["a word that nobody was answered about", { one: wanted({ said: [said({ heard: undefined })] }) }],
    [
      "a word that was refused though nothing stood in its way",
      { one: wanted({ said: [said({ heard: { code: "gate_closed", current: undefined } })] }) },
    ],
    ["a yes that came to a no", { rows: [row({ state: "rejected" })], moved: 0 }],
    [
      "a no that came to a yes",
      { ...rejected, rows: [row({ decisions: [{ by: "grace", kind: "reject" }] })], moved: 1 },
    ],
  ] as const)("%s is found to be lost", async (_, wrong) => {
    const { doubled, lost } = await judged(wrong as never);
    expect({ doubled, lost: lost.length > 0 }).toEqual({ doubled: [], lost: true });
  });

  it.each([
    ["money that moved twice", { moved: 2 }],
    ["two proposals of one wish", { rows: [row(), row({ id: "c2" })] }],
    ["a call that ended twice", { rows: [row({ ends: 2 })] }],
    [
      "two words that both counted",
      { rows: [row({ decisions: [row().decisions[0], { by: "linus", kind: "approve" }] })] },
    ],
    ["money that moved after a no", { ...rejected, moved: 1 }],
  ] as const)("%s is found to be doubled", async (_, wrong) => {
    const { doubled, lost } = await judged(wrong as never);
    expect({ doubled: doubled.length > 0, lost }).toEqual({ doubled: true, lost: [] });
  });
});
