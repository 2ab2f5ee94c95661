import { ValidationError } from "@halo/core/signing";

type Json = Readonly<Record<string, unknown>>;

export interface FathomTranscriptLine extends Json {
  readonly speaker: {
    readonly display_name?: string | null;
    readonly matched_calendar_invitee_email?: string | null;
  };
  readonly text: string;
  /** From the recording's start: HH:MM:SS. */
  readonly timestamp: string;
}

/** The fields here are checked where they come, the others are as Fathom sent them. */
export interface FathomMeeting extends Json {
  /** The API's id; not the number in a call's address. */
  readonly recording_id: number;
  readonly title?: string | null;
  readonly created_at?: string | null;
  readonly transcript?: readonly FathomTranscriptLine[] | null;
  readonly action_items?: readonly Json[] | null;
  readonly calendar_invitees?: readonly Json[] | null;
  readonly default_summary?: Json | null;
  readonly recorded_by?: Json | null;
}

/** New content of one meeting. Fathom has no other event, and no field that would name it. */
export interface FathomEvent {
  /** The same for each attempt of one delivery; another for each webhook that tells of the meeting. */
  readonly id: string;
  /** When it was sent, epoch seconds. */
  readonly timestamp: number;
  readonly meeting: FathomMeeting;
}

type Fields = { readonly [field: string]: unknown };

/** The meeting of a parsed body, checked in place. Throws `input_invalid` with the path of the first wrong field. */
export function requireMeeting(body: unknown): FathomMeeting {
  if (!isObject(body)) throw invalid("body");
  const { recording_id: id } = body;
  if (!Number.isSafeInteger(id) || (id as number) < 0) throw invalid("recording_id");
  for (const name of ["title", "created_at"]) if (!isTextOrAbsent(body[name])) throw invalid(name);
  for (const name of ["default_summary", "recorded_by"])
    if (!isAbsent(body[name]) && !isObject(body[name])) throw invalid(name);
  for (const name of ["transcript", "action_items", "calendar_invitees"])
    if (!isAbsent(body[name]) && !isListOfObjects(body[name])) throw invalid(name);
  return body as unknown as FathomMeeting;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isListOfObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isObject);
const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const isTextOrAbsent = (value: unknown): boolean => isAbsent(value) || typeof value === "string";

function invalid(path: string): ValidationError {
  return new ValidationError(`The delivery's ${path} is not as Fathom documents it: answer 400.`, {
    path,
    reason: "not as documented",
  });
}
