import { describe, expect, it } from "vitest";
import type { ActionCall, Approval } from "../index.ts";
import { actionCall } from "../testing/action-call.ts";
import { cardOf, moneyText } from "./card.ts";
import { visibleText } from "./visible-text.ts";

const names = { integration: "Acme", action: "Refund" };

const approval = (input: ActionCall["input"], like: Partial<Approval["proposal"]> = {}): Approval => ({
  call: actionCall({
    orgId: "o",
    id: "a1",
    agentId: "support",
    connectionId: "c-1",
    action: "refund",
    state: "proposed",
    input,
    subject: { email: "ada@example.com" },
    conversationId: "conv-1",
    createdAt: new Date(0),
  }),
  proposal: {
    orgId: "o",
    id: "a1",
    hash: "h",
    account: "acct_1 live",
    requestedBy: "staff-1",
    preview: {
      summary: "Gives 12.50 EUR back.",
      changes: [{ field: "charge", from: "paid", to: "refunded" }],
    },
    money: { amountMinor: 1_250, currency: "eur", digits: 2 },
    customer: "cus_1",
    state: { status: "paid", refundable: 5_000 },
    sources: ["hubspot:email:1"],
    needed: 2,
    createdAt: new Date(0),
    expiresAt: new Date(1),
    ...like,
  },
  decisions: [],
});

const text = (given: Approval) => {
  const { lines, title } = cardOf(given, names);
  return [title, ...lines.map(({ label, value }) => `${label}: ${value}`)].join("\n");
};

describe("the card", () => {
  it("shows everything that the decision is about", () => {
    expect(text(approval({ reason: "lost", amount: 1_250 }))).toBe(
      [
        "Refund: Gives 12.50 EUR back.",
        "Action: Acme refund",
        "Account: acct_1 live (c-1)",
        "Amount: 12.50 EUR",
        "Customer: email ada@example.com",
        "Customer at the vendor: cus_1",
        "charge: paid → refunded",
        "Argument amount: 1250",
        'Argument reason: "lost"',
        "State: status paid, refundable 5000",
        "Asked by: agent support, for staff-1",
        "Conversation: conv-1",
        "Had read: the conversation, and at least: hubspot:email:1",
        "People needed: 2",
      ].join("\n"),
    );
  });

  it("shows nothing where there is nothing to be shown, and says what is not known", () => {
    const { call, proposal } = approval({});
    const bare = {
      call: { ...call, connectionId: undefined, conversationId: undefined, subject: undefined },
      proposal: {
        ...proposal,
        requestedBy: undefined,
        preview: { summary: "Gives it back." },
        money: undefined,
        customer: undefined,
        state: undefined,
        sources: undefined,
      },
      decisions: [],
    };
    expect(text(bare)).toBe(
      [
        "Refund: Gives it back.",
        "Action: Acme refund",
        "Account: acct_1 live (unknown)",
        "Asked by: agent support",
        "Had read: not known",
        "People needed: 2",
      ].join("\n"),
    );
  });

  it.each<[Approval["proposal"]["state"], string]>([
    ["paid", 'State: "paid"'],
    [7, "State: 7"],
    [null, "State: null"],
    [["paid", { left: 1 }], 'State: ["paid",{"left":1}]'],
    [
      { status: "paid", gone: undefined, left: { eur: 5 }, none: null },
      'State: status paid, left {"eur":5}, none null',
    ],
  ])("shows a state of %j", (state, line) => {
    expect(text(approval({}, { state })).split("\n")).toContain(line);
  });

  it("shows the arguments in one order, however they came", () => {
    const order = (input: ActionCall["input"]) =>
      [...text(approval(input)).matchAll(/^Argument (\w+)/gm)].map(([, name]) => name);
    expect(order({ a: 1, b: 2, c: 3 })).toEqual(["a", "b", "c"]);
    expect(order({ c: 3, b: 2, a: 1 })).toEqual(["a", "b", "c"]);
    expect(order({ b: 2, c: 3, a: 1 })).toEqual(["a", "b", "c"]);
  });

  it("A14 says so where it is not known what the agent had read", () => {
    expect(text(approval({}, { sources: undefined }))).toContain("\nHad read: not known\n");
    expect(text(approval({}, { sources: [] }))).toContain("\nHad read: nothing through Halo's tools");
  });

  it.each([
    ["a direction override", { reason: "\u202e0051 RUE" }, 'Argument reason: "⟦U+202E⟧0051 RUE"'],
    ["an isolate", { reason: "a\u2066b\u2069" }, 'Argument reason: "a⟦U+2066⟧b⟦U+2069⟧"'],
    ["a zero-width space", { reason: "can\u200bcel" }, 'Argument reason: "can⟦U+200B⟧cel"'],
    ["a joiner", { reason: "a\u200db" }, 'Argument reason: "a⟦U+200D⟧b"'],
    ["a byte order mark", { reason: "\ufeffa" }, 'Argument reason: "⟦U+FEFF⟧a"'],
    ["a soft hyphen", { reason: "a\u00adb" }, 'Argument reason: "a⟦U+00AD⟧b"'],
    ["tag characters", { reason: "ok\u{e0061}\u{e0062}" }, 'Argument reason: "ok⟦U+E0061⟧⟦U+E0062⟧"'],
    ["a variation selector", { reason: "a\ufe0f\u{e0100}" }, 'Argument reason: "a⟦U+FE0F⟧⟦U+E0100⟧"'],
    ["a Hangul filler", { reason: "a\u3164b" }, 'Argument reason: "a⟦U+3164⟧b"'],
    ["a blank of Braille", { reason: "a\u2800b" }, 'Argument reason: "a⟦U+2800⟧b"'],
    ["a no-break space", { reason: "a\u00a0b" }, 'Argument reason: "a⟦U+00A0⟧b"'],
    ["a line separator", { reason: "a\u2028Amount: 1" }, 'Argument reason: "a⟦U+2028⟧Amount: 1"'],
    ["a line break", { reason: "a\nAmount: 1" }, 'Argument reason: "a\\nAmount: 1"'],
    ["a control", { reason: "a\u0007b" }, 'Argument reason: "a\\u0007b"'],
    ["the brackets of this notation", { reason: "⟦U+0041⟧" }, 'Argument reason: "⟦U+27E6⟧U+0041⟦U+27E7⟧"'],
    ["a hidden name", { "amo\u200bunt": 5 }, "Argument amo⟦U+200B⟧unt: 5"],
    ["a value that is no text", { list: [1, { a: null }] }, 'Argument list: [1,{"a":null}]'],
    ["arguments that are a list", ["x"], 'Argument: ["x"]'],
    ["arguments that are a text", "x", 'Argument: "x"'],
    ["arguments that are nothing", null, "Argument: null"],
    ["a text of another script", { reason: "Zoë Ωμέγα 漢字 😀" }, 'Argument reason: "Zoë Ωμέγα 漢字 😀"'],
  ] as const)("T38 shows %s", (_, input, line) => {
    expect(text(approval(input as never)).split("\n")).toContain(line);
  });

  it("T38 shows what is hidden in what the vendor and the action say too", () => {
    const preview = {
      summary: "Gives\u202e back.\nAmount: 1",
      changes: [{ field: "a\u200b", to: "b\u200b" }],
    };
    const shown = text(
      approval({}, { preview, customer: "cus\u200b", requestedBy: "s\u200b", sources: ["k\u200b"] }),
    );
    expect(shown.split("\n")[0]).toBe("Refund: Gives⟦U+202E⟧ back.⟦U+000A⟧Amount: 1");
    expect(shown).toContain("a⟦U+200B⟧: b⟦U+200B⟧");
    expect(shown).toContain("cus⟦U+200B⟧");
    expect(shown).toContain("for s⟦U+200B⟧");
    expect(shown).toContain("k⟦U+200B⟧");
    expect(shown).not.toMatch(/[\u200b\u202e]/);
  });

  it("T38 leaves nothing out, however long it is", () => {
    const long = "x".repeat(20_000);
    expect(text(approval({ reason: `${long}END` }))).toContain("END");
  });

  it.each([
    [{ amountMinor: 5, currency: "eur", digits: 2 }, "0.05 EUR"],
    [{ amountMinor: 123_456, currency: "eur", digits: 2 }, "1234.56 EUR"],
    [{ amountMinor: 500, currency: "jpy", digits: 0 }, "500 JPY"],
    [{ amountMinor: 12_345, currency: "kwd", digits: 3 }, "12.345 KWD"],
    [{ amountMinor: 500, currency: "ugx" }, "500 minor units of UGX"],
  ])("T42 writes %j as %s", (money, shown) => {
    expect(moneyText(money)).toBe(shown);
  });

  it("T38 hides no character that is blank or changes direction, of all there are", () => {
    const leaks: string[] = [];
    for (let code = 1; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      const blank =
        /^(?! )[\s\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]$/u;
      if (blank.test(character) && visibleText(character) === character) leaks.push(code.toString(16));
    }
    expect(leaks).toEqual([]);
  });
});
