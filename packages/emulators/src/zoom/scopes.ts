/**
 * Granular scopes by what they allow (vendors/zoom.md, Scopes). Each is the user-managed one; an admin-managed app has the
 * same with `:admin` behind it. Those of ADMIN_ONLY exist in no other form.
 */
export const ZOOM_USER_SCOPES = [
  "user:read:user",
  "cloud_recording:read:list_user_recordings",
  "cloud_recording:read:list_recording_files",
  "cloud_recording:read:meeting_transcript",
  "cloud_recording:read:recording",
  "meeting:read:past_meeting",
  "meeting:read:list_past_instances",
  "meeting:read:list_past_participants",
  "meeting:read:participant",
  "meeting:read:meeting",
  "meeting:read:list_meetings",
  "meeting:read:summary",
] as const;

const ADMIN_ONLY = [
  "user:read:list_users:admin",
  "cloud_recording:read:list_account_recordings:admin",
  "report:read:list_meeting_participants:admin",
  "meeting:read:list_summaries:admin",
] as const;

export const ZOOM_ADMIN_SCOPES: readonly string[] = [
  ...ZOOM_USER_SCOPES.map((one) => `${one}:admin`),
  ...ADMIN_ONLY,
];

/** What a token that belongs to the app itself may do. */
export const APP_SCOPES: readonly string[] = [
  "marketplace:write:event_subscription",
  "marketplace:read:list_event_subscriptions",
  "marketplace:update:event_subscription",
  "marketplace:delete:event_subscription",
];

/** The scope an event needs, without its suffix; undefined for those that every app hears. */
export function scopeOfEvent(event: string): string | undefined {
  if (event.startsWith("recording.")) return "cloud_recording:read:recording";
  if (event.startsWith("meeting.participant_")) return "meeting:read:participant";
  if (event.startsWith("meeting.summary_")) return "meeting:read:summary";
  // guess: the vendor's list of scopes for these was not at hand.
  if (event.startsWith("meeting.")) return "meeting:read:meeting";
  if (event.startsWith("user.")) return "user:read:user";
  return undefined;
}

export const hasScope = (granted: readonly string[], scope: string): boolean =>
  granted.includes(scope) || granted.includes(`${scope}:admin`) || granted.includes(`${scope}:master`);
