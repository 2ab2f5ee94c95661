import type { ZoomAccount, ZoomFile, ZoomMeeting, ZoomParticipant, ZoomUser } from "./account.ts";
import type { DownloadPath, Links } from "./files.ts";
import type { ZoomBehaviour } from "./options.ts";

type Fields = Record<string, unknown>;

/** Without fractions of a second, as the API writes it. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
export const isoDate = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
export const minutes = (ms: number): number => Math.max(1, Math.round(ms / 60_000));

export const displayName = ({ firstName, lastName }: ZoomUser): string => `${firstName} ${lastName}`.trim();

export function renderUser(account: ZoomAccount, user: ZoomUser): Fields {
  return {
    id: user.id,
    first_name: user.firstName,
    last_name: user.lastName,
    display_name: displayName(user),
    email: user.email,
    type: user.type,
    role_name: user.roleName,
    role_id: { Owner: "0", Admin: "1", Member: "2" }[user.roleName],
    timezone: user.timezone,
    status: user.status,
    created_at: isoTime(user.createdAt),
    account_id: account.id,
    account_number: account.accountNumber,
    cluster: "us04",
  };
}

/** A line of the list of users. */
export function renderListedUser(account: ZoomAccount, user: ZoomUser): Fields {
  const {
    account_id: _,
    account_number: __,
    cluster: ___,
    role_name: ____,
    ...listed
  } = renderUser(account, user);
  return listed;
}

export interface RecordingView {
  readonly account: ZoomAccount;
  readonly links: Links;
  readonly behaviour: ZoomBehaviour;
  readonly path: DownloadPath;
}

/** The files that the vendor tells of. */
export function shownFiles(meeting: ZoomMeeting, behaviour: ZoomBehaviour): readonly ZoomFile[] {
  return (meeting.recording?.files ?? []).filter(
    (file) => file.status === "completed" || behaviour.lateTranscripts === "processing",
  );
}

/** A meeting with its recordings: the same in lists, alone, and in events. */
export function renderRecording(meeting: ZoomMeeting, view: RecordingView): Fields {
  const { account, behaviour, links } = view;
  const files = shownFiles(meeting, behaviour);
  const size = files.reduce((sum, file) => sum + sizeOf(file), 0);
  const text = behaviour.meetingIds === "text";
  return {
    uuid: meeting.uuid,
    id: text ? String(meeting.id) : meeting.id,
    account_id: account.id,
    host_id: meeting.hostId,
    topic: meeting.topic,
    type: text ? String(meeting.type) : meeting.type,
    start_time: isoTime(meeting.startMs),
    timezone: meeting.timezone,
    duration: minutes(meeting.durationMs),
    total_size: size,
    recording_count: files.length,
    share_url: links.share(meeting),
    recording_files: files.map((file) => renderFile(meeting, file, view)),
  };
}

const sizeOf = (file: ZoomFile): number => (file.status === "completed" ? (file.content.bytes ?? 0) : 0);

export function renderFile(meeting: ZoomMeeting, file: ZoomFile, { links, path }: RecordingView): Fields {
  const { recording } = meeting;
  const ready = file.status === "completed";
  return {
    id: file.id,
    meeting_id: meeting.uuid,
    recording_start: isoTime(meeting.startMs),
    // What is not ready comes with nothing in these fields, as a recorded answer shows.
    recording_end: ready ? isoTime(meeting.startMs + meeting.durationMs) : "",
    file_type: ready ? file.type : "",
    file_extension: ready ? file.extension : "",
    file_size: sizeOf(file),
    play_url: links.play(meeting, file),
    download_url: links.download(path, meeting, file),
    status: file.status,
    recording_type: file.recordingType,
    ...(recording?.trashedAt !== undefined && { deleted_time: isoTime(recording.trashedAt) }),
  };
}

export function renderParticipant(participant: ZoomParticipant): Fields {
  return {
    id: participant.id,
    user_id: participant.userId,
    name: participant.name,
    user_email: participant.email,
    join_time: isoTime(participant.joinMs),
    leave_time: isoTime(participant.leaveMs),
    duration: Math.round((participant.leaveMs - participant.joinMs) / 1_000),
    registrant_id: "",
    failover: false,
    status: "in_meeting",
    internal_user: participant.internal,
  };
}
