import { createHash } from "node:crypto";
import { transcriptOf, type ZoomAccount, type ZoomMeeting, type ZoomUser } from "./account.ts";
import type { RecordingChange, ZoomChange } from "./changes.ts";
import type { Links } from "./files.ts";
import type { ZoomApp } from "./oauth.ts";
import type { ZoomBehaviour } from "./options.ts";
import { isoTime, minutes, renderFile, renderRecording, shownFiles } from "./render.ts";
import { renderSummary } from "./routes/past-meetings.ts";

type Fields = Record<string, unknown>;

export interface EventContext {
  readonly app: ZoomApp;
  readonly behaviour: ZoomBehaviour;
  readonly links: (account: ZoomAccount) => Links;
  readonly downloadToken: (account: ZoomAccount, uuid: string) => string;
}

/** The body of a delivery (vendors/zoom.md, Payloads, and the recorded samples). */
export function eventOf(change: ZoomChange, context: EventContext): Fields {
  const { account, at, kind } = change;
  if (kind === "app_deauthorized") return deauthorized(account, change.userId, at, context.app);
  const told = kind.startsWith("recording.") && kind !== "recording.deleted";
  return {
    event: kind,
    payload: { account_id: account.id, ...contentOf(change, context) },
    event_ts: at,
    ...(told &&
      "meeting" in change && { download_token: context.downloadToken(account, change.meeting.uuid) }),
  };
}

function contentOf(change: Exclude<ZoomChange, { kind: "app_deauthorized" }>, context: EventContext): Fields {
  const { account } = change;
  switch (change.kind) {
    case "meeting.started":
    case "meeting.ended":
      return { object: meetingObject(change.meeting, change.kind) };
    case "meeting.participant_joined":
    case "meeting.participant_left": {
      const { email, id, joinMs, leaveMs, name, userId } = change.participant;
      const joined = change.kind === "meeting.participant_joined";
      const participant = {
        user_id: userId,
        user_name: name,
        id,
        participant_uuid: createHash("sha256").update(userId).digest("hex").slice(0, 24).toUpperCase(),
        ...(joined
          ? { join_time: isoTime(joinMs) }
          : {
              leave_time: isoTime(leaveMs),
              leave_reason: `${name} left the meeting.<br>Reason: Host ended the meeting.`,
            }),
        email,
        registrant_id: "",
        participant_user_id: id,
      };
      return { object: { ...meetingObject(change.meeting, change.kind), participant } };
    }
    case "meeting.summary_completed": {
      const {
        next_steps: _,
        summary_details: __,
        summary_overview: ___,
        ...object
      } = renderSummary({ account }, change.meeting);
      const summary_doc_url = `https://docs.zoom.us/doc/${Buffer.from(change.meeting.uuid).toString("base64url")}`;
      return { object: { ...object, summary_doc_url } };
    }
    case "user.created":
    case "user.deactivated":
    case "user.deleted":
      return { ...operatorOf(account), ...userObject(change.user, change.kind) };
    default:
      return recordingContent(change, context);
  }
}

/** guess: which fields come with which of these events follows the recorded samples. */
function recordingContent(change: RecordingChange, { behaviour, links }: EventContext): Fields {
  const { account, kind, meeting } = change;
  const view = { account, behaviour, links: links(account), path: "/rec/webhook_download" } as const;
  const {
    id: _,
    recording_files: __,
    total_size: ___,
    type: ____,
    ...whole
  } = renderRecording(meeting, view);
  const transcript = transcriptOf(meeting);
  const files =
    kind === "recording.transcript_completed" && transcript
      ? [transcript]
      : // A transcript that comes later is not among what was completed first.
        shownFiles(meeting, behaviour).filter(
          (file) => kind !== "recording.completed" || file.type !== "TRANSCRIPT",
        );
  const object = {
    ...whole,
    // Numbers here, whatever the lists say.
    id: meeting.id,
    type: meeting.type,
    account_id: behaviour.otherObjectAccount ? meeting.hostId : account.id,
    total_size: files.reduce((sum, file) => sum + (file.content.bytes ?? 0), 0),
    recording_count: files.length,
    ...(kind !== "recording.deleted" &&
      kind !== "recording.recovered" && {
        host_email: account.users.get(meeting.hostId)?.email ?? "",
        password: meeting.recording?.passcode ?? "",
      }),
    ...(kind === "recording.completed" && {
      on_prem: false,
      auto_delete: false,
      recording_play_passcode: meeting.recording?.passcode ?? "",
      participant_audio_files: [],
    }),
    recording_files: files.map((file) => {
      const { deleted_time: _, ...shown } = renderFile(meeting, file, view);
      return shown;
    }),
  };
  const byHand = ["recording.trashed", "recording.deleted", "recording.recovered"].includes(kind);
  return { ...(byHand && operatorOf(account)), object };
}

function meetingObject(meeting: ZoomMeeting, kind: string): Fields {
  return {
    // Text, but in the first of these events.
    id: kind === "meeting.started" ? meeting.id : String(meeting.id),
    uuid: meeting.uuid,
    host_id: meeting.hostId,
    topic: meeting.topic,
    type: meeting.type,
    start_time: isoTime(meeting.startMs),
    timezone: meeting.timezone,
    duration: minutes(meeting.durationMs),
    ...(kind === "meeting.ended" && { end_time: isoTime(meeting.startMs + meeting.durationMs) }),
  };
}

const operatorOf = (account: ZoomAccount): Fields => ({
  operator: account.users.get(account.ownerId)?.email ?? "",
  operator_id: account.ownerId,
});

function userObject({ email, firstName, id, lastName, type }: ZoomUser, kind: string): Fields {
  const object = { id, first_name: firstName, last_name: lastName, email, type };
  return kind === "user.created"
    ? { creation_type: "create", object: { ...object, display_name: `${firstName} ${lastName}` } }
    : { object };
}

/** Without a time of its own at the top. */
function deauthorized(account: ZoomAccount, userId: string, at: number, app: ZoomApp): Fields {
  const signature = createHash("sha256")
    .update(`${app.clientSecret}:${account.id}:${userId}:${at}`)
    .digest("hex");
  return {
    event: "app_deauthorized",
    payload: {
      account_id: account.id,
      user_id: userId,
      signature,
      deauthorization_time: new Date(at).toISOString(),
      client_id: app.clientId,
      event_ts: isoTime(at).replace("T", " ").replace("Z", ""),
    },
  };
}
