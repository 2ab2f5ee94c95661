import type { Attendance, MeetingPerson } from "@halo/core";
import * as z from "zod";

const Person = z.object({ name: z.string().nullish(), email: z.string().nullish() });

const TranscriptLine = z.object({
  speaker: z
    .object({
      display_name: z.string().nullish(),
      matched_calendar_invitee_email: z.string().nullish(),
    })
    .nullish(),
  text: z.string().nullish(),
  /** From the recording's start: HH:MM:SS. */
  timestamp: z.string().nullish(),
});

export type TranscriptLine = z.infer<typeof TranscriptLine>;

/** A meeting as the list and the webhook bring it. Parts that were not asked for, or are not ready, are null. */
export const Meeting = z.object({
  recording_id: z.number().int().nonnegative(),
  title: z.string().nullish(),
  meeting_title: z.string().nullish(),
  url: z.string().nullish(),
  share_url: z.string().nullish(),
  created_at: z.string().nullish(),
  scheduled_start_time: z.string().nullish(),
  scheduled_end_time: z.string().nullish(),
  recording_start_time: z.string().nullish(),
  recording_end_time: z.string().nullish(),
  transcript_language: z.string().nullish(),
  transcript: z.array(TranscriptLine).nullish(),
  default_summary: z.object({ markdown_formatted: z.string().nullish() }).nullish(),
  action_items: z
    .array(
      z.object({
        description: z.string().nullish(),
        completed: z.boolean().nullish(),
        recording_timestamp: z.string().nullish(),
        assignee: Person.nullish(),
      }),
    )
    .nullish(),
  calendar_invitees: z.array(Person.extend({ is_external: z.boolean().nullish() })).nullish(),
  recorded_by: Person.nullish(),
});

export type Meeting = z.infer<typeof Meeting>;

export const titleOf = (meeting: Meeting): string =>
  meeting.title?.trim() || meeting.meeting_title?.trim() || "Fathom meeting";

export function dateOf(text: string | null | undefined): Date | undefined {
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? undefined : new Date(at);
}

export const startedAt = (meeting: Meeting): Date | undefined =>
  dateOf(meeting.recording_start_time) ?? dateOf(meeting.scheduled_start_time) ?? dateOf(meeting.created_at);

export const endedAt = (meeting: Meeting): Date | undefined =>
  dateOf(meeting.recording_end_time) ?? dateOf(meeting.scheduled_end_time);

export function durationMs(meeting: Meeting): number | undefined {
  const [began, ended] = [startedAt(meeting), endedAt(meeting)];
  return began && ended ? Math.max(0, ended.getTime() - began.getTime()) : undefined;
}

/** Whom the calendar named, and who spoke without having been invited. */
export function attendance(meeting: Meeting): Attendance {
  const { name, email } = meeting.recorded_by ?? {};
  const invited = (meeting.calendar_invitees ?? []).map(
    (one): MeetingPerson => ({
      ...personOf(one.name, one.email),
      // Fathom compares domains with the recorder's: who is not external is of the own organisation.
      internal: one.is_external === false ? true : undefined,
    }),
  );
  const known = new Set(invited.flatMap((one) => [one.email, one.name?.toLowerCase()]));
  const spoke = (meeting.transcript ?? []).flatMap(({ speaker }): MeetingPerson[] => {
    const person = personOf(speaker?.display_name, speaker?.matched_calendar_invitee_email);
    return known.has(person.email ?? person.name?.toLowerCase()) ? [] : [person];
  });
  return {
    ...((name || email) && { host: personOf(name, email) }),
    participants: [...invited, ...spoke],
  };
}

const personOf = (name: string | null | undefined, email: string | null | undefined): MeetingPerson => ({
  name: name || undefined,
  email: email || undefined,
});
