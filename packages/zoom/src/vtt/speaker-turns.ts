import type { TranscriptTurn } from "@halo/core";
import type { Cue } from "./parse-vtt.ts";

/** A display name that nobody told us of is taken for one up to this length. */
const longestUnknown = 48;
const mostWords = 6;
/** Of one turn: a speaker who never stops is cut here, since a turn is held as one text. */
const longestTurn = 20_000;

export interface KnownPerson {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

/**
 * Cues as turns of speakers. Zoom writes who speaks before the text, `Display Name: `, and not again while they go on;
 * a name may itself hold colons. What stands before a colon is a name if somebody in the meeting has it, or if it is short
 * and reads as one. WebVTT's own voice tags are understood too.
 */
export function speakerTurns(cues: readonly Cue[], people: readonly KnownPerson[] = []): TranscriptTurn[] {
  const known = new Map<string, KnownPerson>();
  for (const person of people) if (person.name) known.set(folded(person.name), person);
  const turns: { speaker?: string; email?: string; startMs: number; endMs: number; text: string }[] = [];
  for (const cue of cues) {
    const { speaker, text } = said(cue.text, known);
    if (text === "") continue;
    const last = turns.at(-1);
    const goesOn = last && (speaker === undefined || speaker === last.speaker);
    if (goesOn && last.text.length < longestTurn) {
      last.text += ` ${text}`;
      last.endMs = Math.max(last.endMs, cue.endMs);
      continue;
    }
    const name = speaker ?? last?.speaker;
    const email = name === undefined ? undefined : known.get(folded(name))?.email;
    turns.push({
      ...(name !== undefined && { speaker: name }),
      ...(email && { email }),
      startMs: cue.startMs,
      endMs: cue.endMs,
      text,
    });
  }
  return turns;
}

function said(
  raw: string,
  known: ReadonlyMap<string, KnownPerson>,
): { readonly speaker: string | undefined; readonly text: string } {
  const voice = /^<v(?:\.[^\s>]{0,100})?\s([^>]{1,200})>/.exec(raw.slice(0, 320));
  const line = plain(raw);
  if (voice?.[1]) return { speaker: plain(voice[1]), text: line };
  const name = nameBefore(line, known);
  return name === undefined
    ? { speaker: undefined, text: line }
    : { speaker: name, text: line.slice(name.length + 1).trim() };
}

/** How far a name with colons in it is looked for. */
const reach = 200;

function nameBefore(line: string, known: ReadonlyMap<string, KnownPerson>): string | undefined {
  const head = line.slice(0, reach);
  let first: string | undefined;
  for (let at = head.indexOf(":"); at > 0; at = head.indexOf(":", at + 1)) {
    const next = line[at + 1];
    if (next !== undefined && next !== " ") continue;
    const name = head.slice(0, at);
    if (known.has(folded(name))) return name;
    first ??= name;
  }
  return first !== undefined && readsAsName(first) ? first : undefined;
}

/** Short, begins like a name, and is no sentence: `Ada Lovelace (Acme)`, not `what I mean is`. */
function readsAsName(text: string): boolean {
  if (text.length > longestUnknown || text.split(" ").length > mostWords) return false;
  return /^[\p{Lu}\p{Lo}\p{N}+(]/u.test(text) && !/[^\s.]{3}\.\s|[!?;"<>]/.test(text);
}

const folded = (name: string) => name.normalize("NFKC").trim().toLowerCase();

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: " ",
  lrm: "",
  rlm: "",
};

/** Without WebVTT's tags and escapes, on one line. */
function plain(text: string): string {
  return text
    .replace(/<\/?(?:[bicuv]|ruby|rt|lang|\d[\d:.]{0,20})(?:[.\s][^<>]{0,200})?>/g, "")
    .replace(/&(amp|lt|gt|quot|nbsp|lrm|rlm);/g, (_, name: string) => ENTITIES[name] ?? "")
    .replace(/\s+/g, " ")
    .trim();
}
