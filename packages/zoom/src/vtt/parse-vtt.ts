import { GUARD, repairCues } from "./repair-cues.ts";

/** What stood in a file under one timing. */
export interface Cue {
  /** From the recording's start. */
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** The slice of the parser that is used; its own types do not resolve in Node's way. */
interface Captions {
  parseText(
    text: string,
    options: { readonly type: "vtt"; readonly errors: false },
  ): Promise<{ readonly cues: readonly { startTime: number; endTime: number; text: string }[] }>;
}

/** What is read of one file; the longest meeting that Zoom records (30 h) has some 40,000. */
export const MOST_CUES = 200_000;

/** True for a WebVTT file, and false for a login page that was answered with 200. */
export function isVtt(file: string): boolean {
  return /^\ufeff?WEBVTT(\s|$)/.test(file.slice(0, 16));
}

/** The cues of a file, in their order. Nothing in it can fail: what is no cue is none. */
export async function parseVtt(file: string): Promise<readonly Cue[]> {
  if (!isVtt(file)) return [];
  // Loaded for the first transcript: nobody else pays for it.
  const { parseText } = (await import("media-captions")) as unknown as Captions;
  const cues: Cue[] = [];
  for (const piece of repairCues(file)) {
    const parsed = await parseText(piece, { type: "vtt", errors: false });
    for (const { startTime, endTime, text } of parsed.cues) {
      cues.push({
        startMs: Math.round(startTime * 1_000),
        endMs: Math.round(endTime * 1_000),
        text: text.replaceAll(GUARD, ""),
      });
    }
    if (cues.length >= MOST_CUES) break;
  }
  return cues.slice(0, MOST_CUES);
}
