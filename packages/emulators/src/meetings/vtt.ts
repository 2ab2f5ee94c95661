import type { Turn } from "./story.ts";

/** A cue of a WebVTT file. */
export interface VttCue {
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined: the text comes without a name before it. */
  readonly speaker: string | undefined;
  readonly text: string;
}

/** `HH:MM:SS.mmm` */
export function vttTime(ms: number): string {
  const part = (value: number, length: number) => String(Math.floor(value)).padStart(length, "0");
  return `${part(ms / 3_600_000, 2)}:${part((ms / 60_000) % 60, 2)}:${part((ms / 1_000) % 60, 2)}.${part(ms % 1_000, 3)}`;
}

export const cuesOf = (turns: readonly Turn[], names: readonly string[]): VttCue[] =>
  turns.map(({ endMs, speaker, startMs, text }) => ({ startMs, endMs, speaker: names[speaker], text }));

/** As Zoom writes it: numbered cues, the speaker's name before the text (vendors/zoom.md, VTT). */
export function writeVtt(cues: readonly VttCue[]): string {
  return `WEBVTT\r\n\r\n${cues.map(writeCue).join("")}`;
}

function writeCue({ endMs, speaker, startMs, text }: VttCue, index: number): string {
  const said = speaker === undefined ? text : `${speaker}: ${text}`;
  return `${index + 1}\r\n${vttTime(startMs)} --> ${vttTime(endMs)}\r\n${said}\r\n\r\n`;
}

const encoder = new TextEncoder();

/** A valid file of at least so many bytes, a few hundred cues at a time, so that nobody has to hold it whole. */
export async function* hugeVtt(bytes: number): AsyncGenerator<Uint8Array> {
  let sent = 0;
  let index = 0;
  let startMs = 0;
  yield encoder.encode("WEBVTT\r\n\r\n");
  while (sent < bytes) {
    let block = "";
    for (let i = 0; i < 400; i++) {
      const endMs = startMs + 3_500;
      const text = `Point ${index} of a list that goes on for as long as somebody listens, which is what makes it large.`;
      block += writeCue({ startMs, endMs, speaker: `Speaker ${index % 7}`, text }, index);
      index++;
      startMs = endMs + 200;
    }
    const chunk = encoder.encode(block);
    sent += chunk.length;
    yield chunk;
  }
}
