import type { Attendance } from "@halo/core";
import * as z from "zod";
import type { ZoomReferences } from "../references.ts";

export const RecordingFile = z.object({
  id: z.string().nullish(),
  file_type: z.string().nullish(),
  recording_type: z.string().nullish(),
  status: z.string().nullish(),
  /** Bytes. */
  file_size: z.number().nullish(),
  download_url: z.string().nullish(),
});

export type RecordingFile = z.infer<typeof RecordingFile>;

/** A meeting as lists of recordings, single recordings and past meetings tell of it. Numbers may come as texts. */
export const RecordedMeeting = z.object({
  uuid: z.string().min(1),
  id: z.union([z.number(), z.string()]).nullish(),
  host_id: z.string().nullish(),
  topic: z.string().nullish(),
  start_time: z.string().nullish(),
  end_time: z.string().nullish(),
  /** Minutes. */
  duration: z.number().nullish(),
  timezone: z.string().nullish(),
  share_url: z.string().nullish(),
  total_size: z.number().nullish(),
  /** Of past meetings: the host. */
  user_name: z.string().nullish(),
  user_email: z.string().nullish(),
  recording_files: z.array(RecordingFile).nullish(),
});

export type RecordedMeeting = z.infer<typeof RecordedMeeting>;

export const Participant = z.object({
  id: z.string().nullish(),
  name: z.string().nullish(),
  /** Empty for guests who did not sign in. */
  user_email: z.string().nullish(),
  internal_user: z.boolean().nullish(),
});

export type Participant = z.infer<typeof Participant>;

/** What both streams keep of a meeting. */
export const HeldMeeting = z.object({
  meeting: RecordedMeeting,
  participants: z.array(Participant),
});

export type HeldMeeting = z.infer<typeof HeldMeeting>;

export function attendance({ meeting, participants }: HeldMeeting, refs: ZoomReferences): Attendance {
  const host = refs.people.find(({ id }) => id === meeting.host_id);
  const email = host?.email ?? meeting.user_email;
  const name = host?.name ?? meeting.user_name;
  return {
    ...((email || name) && { host: { name: name || undefined, email: email || undefined } }),
    participants: participants.map((one) => ({
      name: one.name || undefined,
      email: one.user_email || undefined,
      // guess: false is said of everybody outside the account, true of nobody else.
      internal: one.internal_user ?? undefined,
    })),
  };
}

export const titleOf = ({ topic }: RecordedMeeting): string => topic?.trim() || "Zoom meeting";

export function startedAt({ start_time }: RecordedMeeting): Date | undefined {
  const at = Date.parse(start_time ?? "");
  return Number.isNaN(at) ? undefined : new Date(at);
}

/** What does not change by itself: addresses of files do, with each answer. */
export function contentOf({ meeting, participants }: HeldMeeting) {
  const { duration, end_time, host_id, id, share_url, start_time, timezone, topic, uuid } = meeting;
  const files = (meeting.recording_files ?? []).map(({ file_size, id: file, status }) => [
    file,
    status,
    file_size,
  ]);
  return {
    meeting: {
      duration,
      end_time,
      host_id,
      id: String(id ?? ""),
      share_url,
      start_time,
      timezone,
      topic,
      uuid,
      files,
    },
    participants: participants.map(({ id: person, internal_user, name, user_email }) => [
      person,
      name,
      user_email,
      internal_user,
    ]),
  };
}
