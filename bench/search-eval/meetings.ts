import { readFileSync } from "node:fs";
import { cleanText } from "../../packages/core/src/knowledge/clean/clean-text.ts";

export type Place = readonly [start: number, end: number];

/** A meeting as a document, and where in its text each turn stands. */
export interface Meeting {
  readonly key: string;
  /** Where QMSum has it from, as its speakers tell: the file does not say. */
  readonly source: "product" | "academic" | "committee";
  readonly text: string;
  readonly turns: readonly Place[];
}

export interface Question {
  readonly meeting: Meeting;
  readonly query: string;
  /** The turns that answer it. */
  readonly relevant: readonly Place[];
  /** The meeting is of the file's first half: parameters are chosen there. */
  readonly first: boolean;
}

interface Line {
  readonly meeting_transcripts: readonly { readonly speaker: string; readonly content: string }[];
  readonly specific_query_list: readonly {
    readonly query: string;
    readonly relevant_text_span: readonly (readonly [string, string])[];
  }[];
}

/** Reads a file of QMSum's format: a meeting a line. Throws for a line that is none. */
export function readMeetings(file: string): {
  readonly meetings: readonly Meeting[];
  readonly questions: readonly Question[];
} {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, at) => parse(line, `${file}:${at + 1}`));
  const meetings = lines.map(({ meeting_transcripts }, at) => toMeeting(meeting_transcripts, at));
  const half = Math.ceil(meetings.length / 2);
  const questions = lines.flatMap(({ specific_query_list }, at) => {
    const meeting = meetings[at] as Meeting;
    return specific_query_list.map(({ query, relevant_text_span }) => {
      const turns = new Set(relevant_text_span.flatMap(([from, to]) => between(Number(from), Number(to))));
      const relevant = [...turns].map((turn) => meeting.turns[turn]).filter((place) => place !== undefined);
      return { meeting, query, relevant, first: at < half };
    });
  });
  return { meetings, questions: questions.filter(({ relevant }) => relevant.length > 0) };
}

function parse(line: string, where: string): Line {
  const value = JSON.parse(line) as Partial<Line>;
  if (!Array.isArray(value.meeting_transcripts) || !Array.isArray(value.specific_query_list)) {
    throw new Error(`${where} is no meeting: it wants meeting_transcripts and specific_query_list.`);
  }
  return value as Line;
}

/** As Halo keeps it: each turn cleaned as the whole will be, so that offsets hold. */
function toMeeting(said: Line["meeting_transcripts"], at: number): Meeting {
  let text = "";
  const turns = said.map(({ speaker, content }): Place => {
    const turn = cleanText(`${speaker}: ${content.replaceAll(/\s+/g, " ")}`);
    if (text !== "") text += "\n";
    const start = text.length;
    text += turn;
    return [start, text.length];
  });
  const speakers = said.map(({ speaker }) => speaker).join("\n");
  // All equally long: a search in one meeting asks by the start of its key.
  return { key: String(at).padStart(6, "0"), source: sourceOf(speakers), text, turns };
}

function sourceOf(speakers: string): Meeting["source"] {
  if (/^(?:Project Manager|Marketing|User Interface|Industrial Designer)$/m.test(speakers)) return "product";
  return /^(?:PhD|Grad|Professor|Postdoc|Undergrad) ?[A-Z]?$/m.test(speakers) ? "academic" : "committee";
}

const between = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
