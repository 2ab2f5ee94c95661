import type { ZoomAccount, ZoomMeeting, ZoomParticipant, ZoomUser } from "./account.ts";

interface Place {
  readonly account: ZoomAccount;
  /** Epoch ms. */
  readonly at: number;
}

export interface RecordingChange extends Place {
  readonly kind:
    | "recording.completed"
    | "recording.transcript_completed"
    | "recording.trashed"
    | "recording.deleted"
    | "recording.recovered";
  readonly meeting: ZoomMeeting;
}

/** What happened in an account; events are made of it. */
export type ZoomChange =
  | RecordingChange
  | (Place &
      (
        | { readonly kind: "meeting.started" | "meeting.ended"; readonly meeting: ZoomMeeting }
        | {
            readonly kind: "meeting.participant_joined" | "meeting.participant_left";
            readonly meeting: ZoomMeeting;
            readonly participant: ZoomParticipant;
          }
        | { readonly kind: "meeting.summary_completed"; readonly meeting: ZoomMeeting }
        | { readonly kind: "user.created" | "user.deactivated" | "user.deleted"; readonly user: ZoomUser }
        | { readonly kind: "app_deauthorized"; readonly userId: string }
      ));

/** A change without the place and time, which the account adds. */
export type NewChange = ZoomChange extends infer Change
  ? Change extends unknown
    ? Omit<Change, "account" | "at">
    : never
  : never;

/** Every name that an app may subscribe to here. */
export const ZOOM_EVENTS: readonly ZoomChange["kind"][] = [
  "meeting.started",
  "meeting.ended",
  "meeting.participant_joined",
  "meeting.participant_left",
  "meeting.summary_completed",
  "recording.completed",
  "recording.transcript_completed",
  "recording.trashed",
  "recording.deleted",
  "recording.recovered",
  "user.created",
  "user.deactivated",
  "user.deleted",
];
