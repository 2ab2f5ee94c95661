import type { TranscriptTurn } from "@halo/core";
import type { TranscriptLine } from "./meeting.ts";

/** A speaker who never stops is cut here: a turn is held as one text. */
const longestTurn = 20_000;

/** Lines as turns: what one speaker said in a row. A turn ends where the next line begins; Fathom tells no ends. */
export function turnsOf(lines: readonly TranscriptLine[]): TranscriptTurn[] {
  const turns: { speaker?: string; email?: string; startMs?: number; endMs?: number; text: string }[] = [];
  for (const { speaker, text, timestamp } of lines) {
    const said = text?.trim() ?? "";
    if (said === "") continue;
    const name = speaker?.display_name?.trim() || undefined;
    const email = speaker?.matched_calendar_invitee_email || undefined;
    const at = msOf(timestamp);
    const last = turns.at(-1);
    if (last && at !== undefined && last.startMs !== undefined && at >= last.startMs) last.endMs = at;
    const goesOn = last && last.speaker === name && last.email === email && last.text.length < longestTurn;
    if (goesOn) {
      last.text += ` ${said}`;
      continue;
    }
    turns.push({
      ...(name !== undefined && { speaker: name }),
      ...(email !== undefined && { email }),
      ...(at !== undefined && { startMs: at }),
      text: said,
    });
  }
  return turns;
}

/** `HH:MM:SS`, or `MM:SS`; undefined for what is none. */
export function msOf(timestamp: string | null | undefined): number | undefined {
  const found = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})$/.exec((timestamp ?? "").trim());
  if (!found) return undefined;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  if ((minutes ?? 0) > 59 || (seconds ?? 0) > 59) return undefined;
  return ((hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000;
}
