import {
  transcriptOf,
  type ZoomAccount,
  type ZoomMeeting,
  type ZoomParticipant,
  type ZoomUser,
} from "./account.ts";

export interface SnapshotZoomMeeting {
  readonly uuid: string;
  readonly id: number;
  readonly hostId: string;
  readonly topic: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly participants: readonly ZoomParticipant[];
  readonly recording: "none" | "live" | "trashed";
  readonly isPrivate: boolean;
  /** What the file of the transcript holds; undefined without one that is ready, and for one too large to hold. */
  readonly vtt: string | undefined;
}

/** What an account holds at this moment: the truth that a mirror of it is compared with. */
export interface ZoomSnapshot {
  readonly accountId: string;
  readonly users: ReadonlyMap<string, Readonly<ZoomUser>>;
  /** By UUID. */
  readonly meetings: ReadonlyMap<string, SnapshotZoomMeeting>;
}

export const snapshotAccount = (account: ZoomAccount): ZoomSnapshot => ({
  accountId: account.id,
  users: new Map([...account.users].map(([id, user]) => [id, { ...user }])),
  meetings: new Map([...account.meetings].map(([uuid, meeting]) => [uuid, snapshotMeeting(meeting)])),
});

function snapshotMeeting(meeting: ZoomMeeting): SnapshotZoomMeeting {
  const { durationMs, hostId, id, participants, recording, startMs, topic, uuid } = meeting;
  const file = transcriptOf(meeting);
  const body = file?.status === "completed" ? file.content.body() : undefined;
  return {
    uuid,
    id,
    hostId,
    topic,
    startMs,
    durationMs,
    participants: [...participants],
    recording: recording === undefined ? "none" : recording.trashedAt === undefined ? "live" : "trashed",
    isPrivate: recording?.isPrivate ?? false,
    vtt: typeof body === "string" ? body : undefined,
  };
}
