import { jsonReply, type Reply } from "../../reply.ts";
import { findMeeting, transcriptOf, type ZoomMeeting } from "../account.ts";
import type { Call } from "../call.ts";
import { invalidField, noMeeting, noRecording } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { isoDate, isoTime, renderRecording } from "../render.ts";
import { userOf } from "./users.ts";

const DAY = 86_400_000;
const MAX_TTL_SECONDS = 604_800;

/** By UUID or number; a UUID that holds slashes may come encoded twice. */
export function meetingOf({ account, params }: Call): ZoomMeeting {
  const meeting = findMeeting(account, params[0] ?? "");
  if (!meeting) throw noMeeting(params[0] ?? "");
  return meeting;
}

export function listRecordings(call: Call): Reply {
  const { account, behaviour, links, now, query } = call;
  const user = userOf(call);
  const { from, to } = windowOf(call);
  const trash = query.get("trash") === "true";
  const only = query.get("meeting_id");
  const found = [...account.meetings.values()]
    .filter(
      ({ hostId, id, recording, startMs }) =>
        hostId === user.id &&
        recording !== undefined &&
        (recording.trashedAt !== undefined) === trash &&
        startMs >= from &&
        startMs < to + DAY &&
        (only === null || String(id) === only),
    )
    // guess: newest first.
    .sort((a, b) => b.startMs - a.startMs || (a.uuid < b.uuid ? -1 : 1));
  const { fields, items } = pageOf(found, `recordings:${user.id}:${from}:${to}:${trash}`, query, now);
  const view = { account, behaviour, links, path: "/rec/download" } as const;
  return jsonReply(200, {
    from: isoDate(from),
    to: isoDate(to),
    ...fields,
    meetings: items.map((meeting) => renderRecording(meeting, view)),
  });
}

/** Both days are part of it. At most a month (vendors/zoom.md). */
function windowOf({ behaviour, now, query }: Call): { from: number; to: number } {
  const today = Date.parse(isoDate(now));
  const to = dateOf(query, "to") ?? today;
  // guess: without `from` only the last day is answered.
  const from = dateOf(query, "from") ?? to;
  if (from > to) throw invalidField("from", "The from date must not be later than the to date.");
  const first = monthBefore(to);
  if (from >= first) return { from, to };
  if (behaviour.monthWindow === "refuse") {
    throw invalidField("from", "The range between from and to must not be longer than one month.");
  }
  return { from: first, to };
}

function monthBefore(day: number): number {
  const date = new Date(day);
  const before = new Date(day);
  before.setUTCMonth(date.getUTCMonth() - 1);
  // 31 March less a month is no day: it becomes the last one of February.
  if (before.getUTCDate() !== date.getUTCDate()) before.setUTCDate(0);
  return before.getTime();
}

function dateOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  // guess: a date-time is taken for its day.
  const day = /^(\d{4}-\d{2}-\d{2})(?:T[\d:.]+Z?)?$/.exec(text)?.[1];
  const time = Date.parse(day ?? "");
  if (Number.isNaN(time)) throw invalidField(name, "Invalid date.");
  return time;
}

export function getRecordings(call: Call): Reply {
  const { account, behaviour, links, query } = call;
  const meeting = meetingOf(call);
  const { recording } = meeting;
  if (!recording || recording.trashedAt !== undefined) throw noRecording();
  const wanted = (query.get("include_fields") ?? "").split(",");
  const ttl = Number(query.get("ttl") ?? 3_600);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL_SECONDS) throw invalidField("ttl", "Invalid field.");
  return jsonReply(200, {
    ...renderRecording(meeting, { account, behaviour, links, path: "/rec/download" }),
    password: recording.passcode,
    recording_play_passcode: recording.passcode,
    auto_delete: false,
    participant_audio_files: [],
    ...(wanted.includes("download_access_token") && {
      download_access_token: call.downloadToken(meeting.uuid, ttl * 1_000),
    }),
  });
}

type Restriction = "DELETED_OR_TRASHED" | "UNSUPPORTED" | "NO_TRANSCRIPT_DATA" | "NOT_READY";

export function getTranscript(call: Call): Reply {
  const { account, links } = call;
  const meeting = meetingOf(call);
  const file = transcriptOf(meeting);
  const reason = restrictionOf(meeting);
  const base = {
    meeting_id: meeting.uuid,
    account_id: account.id,
    meeting_topic: meeting.topic,
    host_id: meeting.hostId,
    can_download: reason === undefined,
    auto_delete: false,
  };
  if (reason !== undefined || !file) {
    return jsonReply(200, { ...base, download_restriction_reason: reason ?? "NO_TRANSCRIPT_DATA" });
  }
  return jsonReply(200, {
    ...base,
    transcript_created_time: isoTime(meeting.startMs + meeting.durationMs),
    download_url: links.download("/rec/meeting/transcript/download", meeting, file),
  });
}

function restrictionOf(meeting: ZoomMeeting): Restriction | undefined {
  const file = transcriptOf(meeting);
  if (meeting.recording?.trashedAt !== undefined) return "DELETED_OR_TRASHED";
  if (!file) return "NO_TRANSCRIPT_DATA";
  if (file.status === "processing") return "NOT_READY";
  // guess: the reason that stands for a recording which only its owner may see.
  return meeting.recording?.isPrivate ? "UNSUPPORTED" : undefined;
}
