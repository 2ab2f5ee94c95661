import type { DecisionShown } from "@halo/core";
import { escaped, escapedWithin } from "./escape.ts";
import type { Block } from "./post.ts";

// "Block Kit" in Slack's reference, read 2026-11-21: characters of a section, blocks of a message, of a button's value.
const SECTION = 3_000;
const SECTIONS = 40;
const HEADER = 150;
const CONTEXT = 2_000;
const VALUE = 2_000;
const CONFIRM = 300;

export const APPROVE = "halo_approve";
export const REJECT = "halo_reject";

const SEPARATOR = "/";

export interface CardParts {
  readonly title: string;
  readonly footer?: string | undefined;
  readonly decision: DecisionShown;
}

/**
 * A proposal as blocks: plain text throughout, so that nothing in it is struck through, linked or mentioned. Only where
 * all of it fits there are buttons (T38): what cannot be seen here is decided elsewhere.
 */
export function cardBlocks({ decision, footer, title }: CardParts): readonly Block[] {
  const { sections, whole } = sectionsOf(decision.lines.map(({ label, value }) => `${label}: ${value}`));
  const value = `${decision.approvalId}${SEPARATOR}${decision.hash}`;
  const notes = [
    ...(footer ? [footer] : []),
    ...(whole ? [] : ["Not all of it can be shown here: decide it in the product's own queue."]),
  ];
  return [
    { type: "header", text: plain(escapedWithin(title, HEADER) || "Approval") },
    ...sections.map((text) => ({ type: "section", text: plain(text) })),
    ...(decision.open && whole && value.length <= VALUE ? [buttons(value)] : []),
    ...notes.map((note) => ({ type: "context", elements: [plain(escapedWithin(note, CONTEXT))] })),
  ];
}

/** The proposal that a button's value names; undefined for any other text. */
export function proposalIn(value: string | null | undefined) {
  const [, approvalId, hash] = /^([\w-]{1,64})\/([0-9a-f]{64})$/.exec(value ?? "") ?? [];
  return approvalId === undefined || hash === undefined ? undefined : { approvalId, hash };
}

const plain = (text: string) => ({ type: "plain_text", text, emoji: false });

function buttons(value: string): Block {
  const button = (action_id: string, label: string, style: string, sure: string) => ({
    type: "button",
    action_id,
    text: plain(label),
    style,
    value,
    confirm: {
      title: plain(`${label}?`),
      text: plain(sure.slice(0, CONFIRM)),
      confirm: plain(label),
      deny: plain("Go back"),
    },
  });
  return {
    type: "actions",
    block_id: "halo_approval",
    elements: [
      button(APPROVE, "Approve", "primary", "It is carried out exactly as shown, once, in your name."),
      button(
        REJECT,
        "Reject",
        "danger",
        "Nothing is done, and the agent may not ask for the same again for a while.",
      ),
    ],
  };
}

/** Whole lines in as few sections as they take; a line of its own length goes on in the next one. */
function sectionsOf(lines: readonly string[]): {
  readonly sections: readonly string[];
  readonly whole: boolean;
} {
  const sections: string[] = [];
  let section = "";
  const end = () => {
    if (section !== "") sections.push(section);
    section = "";
  };
  for (const line of lines) {
    if (section !== "" && section.length + 1 + escaped(line).length > SECTION) end();
    if (section !== "") section += "\n";
    for (const character of line) {
      const next = escaped(character);
      if (section.length + next.length > SECTION) end();
      section += next;
    }
  }
  end();
  return { sections: sections.slice(0, SECTIONS), whole: sections.length <= SECTIONS };
}
