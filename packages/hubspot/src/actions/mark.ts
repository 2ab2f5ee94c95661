/**
 * HubSpot has no idempotency keys, and the property that reads like one, `hs_unique_creation_key`, is written by
 * HubSpot alone (decision 2026-11-21-hubspot-marks). So what an action makes ends with a line that names its effect.
 */
const line = (effectKey: string) => `Ref. ${effectKey}`;

/** Plain text, with the mark on a line of its own at the end. */
export function markedText(text: string | undefined, effectKey: string): string {
  return text ? `${text}\n\n${line(effectKey)}` : line(effectKey);
}

/** The text as HTML that shows just these characters, with the mark at the end. */
export function markedHtml(text: string | undefined, effectKey: string): string {
  return escapeHtml(markedText(text, effectKey)).replaceAll("\n", "<br>");
}

/** Whether the text of a record bears the mark of this effect, and not that of one whose key begins alike. */
export function hasMark(text: string | null | undefined, effectKey: string): boolean {
  const mark = line(effectKey);
  const at = text?.lastIndexOf(mark) ?? -1;
  return at >= 0 && !/^[A-Za-z0-9-]/.test(text?.slice(at + mark.length) ?? "");
}

/** The text without a mark at its end, for people. A reference as short as people's own stays. */
export function withoutMark(text: string): string {
  return text.trimEnd().replace(/\s{0,4}Ref\. [A-Za-z0-9-]{20,64}$/, "");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
