import { ValidationError } from "@halo/core/signing";

type Json = Readonly<Record<string, unknown>>;

/** What happened, inside its envelope: the fields here are checked where they come, the others are as Slack sent them. */
export interface SlackInnerEvent extends Json {
  /** `message`, `app_mention`, `channel_rename`, … A message's `subtype` says more. */
  readonly type: string;
  readonly subtype?: string | null;
  /** "seconds.micros", a text: with the channel it is the message's id. */
  readonly ts?: string | null;
  readonly event_ts?: string | null;
  /** Of the parent, where the message stands in a thread. */
  readonly thread_ts?: string | null;
  /** `channel`, `group`, `im` or `mpim`; an `im` is nobody's business but theirs. */
  readonly channel_type?: string | null;
  readonly text?: string | null;
  readonly bot_id?: string | null;
  /** Of `message_deleted`. */
  readonly deleted_ts?: string | null;
  /** Of `message_changed`: the message as it is now. */
  readonly message?: Json | null;
  /** Of `message_changed` and `message_deleted`. */
  readonly previous_message?: Json | null;
}

/** Slack tells something; order is not promised, and it may tell it again under the same `event_id` or another one. */
export interface SlackEventCallback {
  readonly type: "event_callback";
  readonly team_id: string;
  readonly api_app_id: string;
  readonly event_id: string;
  /** Epoch seconds. */
  readonly event_time: number;
  readonly event: SlackInnerEvent;
  readonly enterprise_id?: string | null;
  /** With Slack Connect the first one's `team_id` is the workspace that installed the app. */
  readonly authorizations?:
    | readonly {
        readonly team_id?: string | null;
        readonly enterprise_id?: string | null;
        readonly user_id?: string | null;
      }[]
    | null;
}

/** Slack wants to know whether we are there: answer 200 with the challenge as plain text, within three seconds. */
export interface SlackUrlVerification {
  readonly type: "url_verification";
  readonly challenge: string;
}

/** Events of that minute were dropped; read the channels again. */
export interface SlackRateLimited {
  readonly type: "app_rate_limited";
  readonly team_id: string;
  readonly api_app_id: string;
  /** Epoch seconds. */
  readonly minute_rate_limited: number;
}

/** Somebody pressed a button: who may do that is for the host to decide. */
export interface SlackBlockActions {
  readonly type: "block_actions";
  readonly user: { readonly id: string; readonly team_id?: string | null };
  readonly actions: readonly SlackBlockAction[];
  readonly team?: { readonly id: string } | null;
  readonly api_app_id?: string | null;
  readonly channel?: { readonly id: string } | null;
  readonly container?: Json | null;
  readonly message?: Json | null;
  readonly trigger_id?: string | null;
  readonly response_url?: string | null;
}

export interface SlackBlockAction {
  readonly action_id: string;
  readonly block_id?: string | null;
  readonly value?: string | null;
  readonly action_ts?: string | null;
}

/** One thing that Slack told: the parsed object itself, told apart by `type`. */
export type SlackEvent = SlackEventCallback | SlackUrlVerification | SlackRateLimited | SlackBlockActions;

type Fields = { readonly [field: string]: unknown };

/** Where the first field of this kind is that Slack does not send so; undefined when all are right. */
const WRONG: { readonly [type: string]: (body: Fields) => string | undefined } = {
  event_callback: (body) =>
    firstWrong(body, "", isText, ["team_id", "api_app_id", "event_id"]) ??
    (isTime(body.event_time) ? undefined : "event_time") ??
    firstWrong(body, "", isTextOrAbsent, ["enterprise_id"]) ??
    wrongAuthorizations(body.authorizations) ??
    wrongEvent(body.event),
  url_verification: (body) => firstWrong(body, "", isText, ["challenge"]),
  app_rate_limited: (body) =>
    firstWrong(body, "", isText, ["team_id", "api_app_id"]) ??
    (isTime(body.minute_rate_limited) ? undefined : "minute_rate_limited"),
  block_actions: (body) =>
    wrongId(body.user, "user") ??
    (isTextOrAbsent((body.user as Fields).team_id) ? undefined : "user.team_id") ??
    (isAbsent(body.team) ? undefined : wrongId(body.team, "team")) ??
    (isAbsent(body.channel) ? undefined : wrongId(body.channel, "channel")) ??
    firstWrong(body, "", isTextOrAbsent, ["api_app_id", "trigger_id", "response_url"]) ??
    firstWrong(body, "", isObjectOrAbsent, ["container", "message"]) ??
    wrongActions(body.actions),
};

/**
 * The event of a parsed body, checked in place; none for a kind that is not known here. Throws `input_invalid` with the
 * path of the first field that Slack does not send so.
 */
export function requireEvents(body: unknown): SlackEvent[] {
  if (!isObject(body)) throw invalid("body");
  if (!isText(body.type)) throw invalid("type");
  const type = body.type as string;
  if (!Object.hasOwn(WRONG, type)) return [];
  const wrong = WRONG[type]?.(body);
  if (wrong !== undefined) throw invalid(wrong);
  return [body as unknown as SlackEvent];
}

const TEXTS = ["subtype", "ts", "event_ts", "thread_ts", "channel_type", "bot_id", "deleted_ts", "text"];

function wrongEvent(event: unknown): string | undefined {
  if (!isObject(event)) return "event";
  if (!isText(event.type)) return "event.type";
  // What leads to a message: without them it could not be found again.
  const required =
    event.type === "message" ? firstWrong(event, "event.", isText, ["channel", "ts"]) : undefined;
  return (
    required ??
    firstWrong(event, "event.", isTextOrAbsent, TEXTS) ??
    firstWrong(event, "event.", isObjectOrAbsent, ["message", "previous_message"])
  );
}

function wrongAuthorizations(list: unknown): string | undefined {
  if (isAbsent(list)) return undefined;
  if (!Array.isArray(list)) return "authorizations";
  for (let at = 0; at < list.length; at++) {
    const path = `authorizations[${at}]`;
    if (!isObject(list[at])) return path;
    const wrong = firstWrong(list[at], `${path}.`, isTextOrAbsent, ["team_id", "enterprise_id", "user_id"]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongActions(list: unknown): string | undefined {
  if (!Array.isArray(list) || list.length === 0) return "actions";
  for (let at = 0; at < list.length; at++) {
    const path = `actions[${at}]`;
    if (!isObject(list[at])) return path;
    const wrong =
      firstWrong(list[at], `${path}.`, isText, ["action_id"]) ??
      firstWrong(list[at], `${path}.`, isTextOrAbsent, ["block_id", "value", "action_ts"]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongId(value: unknown, path: string): string | undefined {
  return isObject(value) && isText(value.id) ? undefined : `${path}.id`;
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
const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const isTextOrAbsent = (value: unknown): boolean => isAbsent(value) || typeof value === "string";
const isObjectOrAbsent = (value: unknown): boolean => isAbsent(value) || isObject(value);

function invalid(path: string): ValidationError {
  return new ValidationError(`The delivery's ${path} is not as Slack documents it: answer 400.`, {
    path,
    reason: "not as documented",
  });
}
