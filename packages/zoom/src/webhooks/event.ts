import { ValidationError } from "@halo/core/signing";

type Json = Readonly<Record<string, unknown>>;

/** Zoom asks whether the address is ours: answer 200 with `answer` as JSON, within three seconds. Again every 72 hours. */
export interface ZoomUrlValidation {
  readonly event: "endpoint.url_validation";
  readonly payload: { readonly plainToken: string };
  readonly answer: { readonly plainToken: string; readonly encryptedToken: string };
}

export interface ZoomRecordingFile extends Json {
  readonly id?: string | null;
  readonly file_type?: string | null;
  readonly download_url?: string | null;
  readonly status?: string | null;
}

/** The fields here are checked where they come, the others are as Zoom sent them. */
export interface ZoomMeetingObject extends Json {
  /** Of this one occurrence. May hold slashes. */
  readonly uuid: string;
  /** Of the meeting, which may recur; a text in some events. */
  readonly id?: number | string | null;
  readonly host_id?: string | null;
  readonly host_email?: string | null;
  readonly topic?: string | null;
  readonly start_time?: string | null;
  readonly recording_files?: readonly ZoomRecordingFile[] | null;
}

/** A recording or a meeting began, ended, was made readable, went or came back; order is not promised. */
export interface ZoomMeetingEvent {
  readonly event: (typeof MEETING_EVENTS)[number];
  /** Epoch ms. */
  readonly event_ts?: number | null;
  /** Opens the files of the event for 24 hours. */
  readonly download_token?: string | null;
  readonly payload: Json & {
    /** Of the account that installed the app; `object.account_id` may differ. */
    readonly account_id: string;
    readonly object: ZoomMeetingObject;
  };
}

/** Somebody removed the app: delete the tokens, and what Zoom's terms say of the user's data. */
export interface ZoomDeauthorized {
  readonly event: "app_deauthorized";
  readonly payload: Json & {
    readonly account_id: string;
    readonly user_id: string;
    readonly client_id?: string | null;
    readonly deauthorization_time?: string | null;
  };
}

/** One thing that Zoom told: the parsed object itself, told apart by `event`. */
export type ZoomEvent = ZoomUrlValidation | ZoomMeetingEvent | ZoomDeauthorized;

const MEETING_EVENTS = [
  "recording.completed",
  "recording.transcript_completed",
  "recording.trashed",
  "recording.deleted",
  "recording.recovered",
  "meeting.ended",
  "meeting.deleted",
] as const;

/** T07: what is signed for an address check. Anything else could be an event that we would sign for its sender. */
const PLAIN_TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

type Fields = { readonly [field: string]: unknown };

/**
 * The event of a parsed body, checked in place; none for a kind that is not known here. Throws `input_invalid` with the
 * path of the first field that Zoom does not send so.
 */
export function requireEvents(body: unknown, encrypt: (plainToken: string) => string): ZoomEvent[] {
  if (!isObject(body)) throw invalid("body");
  const { event, payload } = body;
  if (!isText(event)) throw invalid("event");
  if (!isObject(payload)) throw invalid("payload");
  if (event === "endpoint.url_validation") {
    const { plainToken } = payload;
    if (typeof plainToken !== "string" || !PLAIN_TOKEN.test(plainToken)) throw invalid("payload.plainToken");
    const answer = { plainToken, encryptedToken: encrypt(plainToken) };
    return [{ event, payload: { plainToken }, answer }];
  }
  const wrong =
    event === "app_deauthorized"
      ? firstWrong(payload, "payload.", isText, ["account_id", "user_id"])
      : (MEETING_EVENTS as readonly unknown[]).includes(event)
        ? wrongMeeting(body, payload)
        : null;
  if (wrong === null) return [];
  if (wrong !== undefined) throw invalid(wrong);
  return [body as unknown as ZoomEvent];
}

function wrongMeeting(body: Fields, payload: Fields): string | undefined {
  const { event_ts, download_token } = body;
  const { account_id, object } = payload;
  if (!isText(account_id)) return "payload.account_id";
  if (!isObject(object) || !isText(object.uuid)) return "payload.object.uuid";
  if (!isAbsent(event_ts) && (!Number.isSafeInteger(event_ts) || (event_ts as number) < 0)) return "event_ts";
  if (!isTextOrAbsent(download_token)) return "download_token";
  const { recording_files: files } = object;
  if (!isAbsent(files) && !(Array.isArray(files) && files.every(isObject)))
    return "payload.object.recording_files";
  return firstWrong(object, "payload.object.", isTextOrAbsent, [
    "host_id",
    "host_email",
    "topic",
    "start_time",
  ]);
}

function firstWrong(
  body: Fields,
  prefix: string,
  isRight: (value: unknown) => boolean,
  names: readonly string[],
): string | undefined {
  for (const name of names) if (!isRight(body[name])) return prefix + name;
  return undefined;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const isTextOrAbsent = (value: unknown): boolean => isAbsent(value) || typeof value === "string";

function invalid(path: string): ValidationError {
  return new ValidationError(`The delivery's ${path} is not as Zoom documents it: answer 400.`, {
    path,
    reason: "not as documented",
  });
}
