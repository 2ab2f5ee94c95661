import { attributions, disclaimers, dividers, headerNames, signatures } from "./reply-markers.ts";

export interface SplitReply {
  /** What this mail says itself. */
  readonly body: string;
  /** Signature, disclaimer and the mails it answers or forwards; empty when there are none. */
  readonly quoted: string;
}

/** Longer lines are prose; markers are judged on this much of one. */
const lineReach = 300;

/**
 * Divides a mail's text where its own words end: at the first attribution ("On … wrote:"), header block, divider,
 * signature, disclaimer, or `>` block that runs to the end. Quotes between the sender's own lines stay in the body,
 * since the answers mean nothing without them; and a mail that would be left without words (a mere forward) keeps
 * all of them. `body` and `quoted` together are the text, but for white space at the seam. Linear.
 */
export function splitQuotedReply(text: string): SplitReply {
  const whole = { body: text.trim(), quoted: "" };
  const trailing = trailingQuote(text);
  let cut = trailing;
  for (let start = 0; start < cut; ) {
    if (endsOwnWords(text, start)) {
      cut = start;
      break;
    }
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    start = end + 1;
  }
  if (cut >= text.length) return whole;
  const body = text.slice(0, cut).trim();
  return body === "" ? whole : { body, quoted: text.slice(cut).trim() };
}

function endsOwnWords(text: string, start: number): boolean {
  const line = lineAt(text, start);
  if (line.length < 2) return false;
  if (dividers.some((divider) => divider.test(line))) return true;
  if (signatures.some((signature) => signature.test(line))) return true;
  if (disclaimers.some((disclaimer) => disclaimer.test(line))) return true;
  return isAttribution(text, start, line) || isHeaderBlock(text, start, line);
}

function isAttribution(text: string, start: number, line: string): boolean {
  const kind = attributions.find(({ begins }) => begins.test(line));
  if (kind === undefined || !/\d/.test(text.slice(start, start + lineReach))) return false;
  let joined = line;
  let at = start;
  for (let lines = 0; lines < 3 && joined.length <= lineReach; lines++) {
    // All of them end so: where a line does not, no pattern looks for its words in it.
    if (joined.endsWith(":") && kind.ends.test(joined)) return true;
    at = nextLine(text, at);
    if (at < 0) return false;
    joined = `${joined} ${lineAt(text, at)}`;
  }
  return false;
}

/** `From:` with at least two other header lines among the next six. */
function isHeaderBlock(text: string, start: number, line: string): boolean {
  const kind = headerNames.find(([from]) => from.test(line));
  if (kind === undefined) return false;
  let others = 0;
  let at = start;
  for (let lines = 0; lines < 6 && others < 2; lines++) {
    at = nextLine(text, at);
    if (at < 0) break;
    if (kind[1].test(lineAt(text, at))) others++;
  }
  return others >= 2;
}

/** Where the block of `>` lines begins that runs to the end of the text; the text's length when there is none. */
function trailingQuote(text: string): number {
  let begin = text.length;
  for (let end = text.length; end > 0; ) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    const line = text.slice(start, Math.min(end, start + lineReach)).trim();
    if (line.startsWith(">")) begin = start;
    else if (line !== "") break;
    end = start - 1;
  }
  return begin;
}

function nextLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? -1 : end + 1;
}

function lineAt(text: string, start: number): string {
  const window = text.slice(start, start + lineReach);
  const end = window.indexOf("\n");
  return (end < 0 ? window : window.slice(0, end)).trim();
}
