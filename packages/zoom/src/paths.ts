/**
 * Of one occurrence of a meeting. A UUID may hold slashes: it is encoded, and twice where it begins with one or holds two
 * in a row, since Zoom's router decodes the path before it looks at it ("Using Zoom APIs", read 2026-11-21). Zoom takes
 * the double encoding wherever there is a slash.
 */
const segment = (uuid: string): string => {
  const once = encodeURIComponent(uuid);
  return uuid.includes("/") ? encodeURIComponent(once) : once;
};

export const paths = {
  me: "/users/me",
  users: "/users",
  recordings: (userId: string) => `/users/${encodeURIComponent(userId)}/recordings`,
  meetingRecordings: (uuid: string) => `/meetings/${segment(uuid)}/recordings`,
  meetingTranscript: (uuid: string) => `/meetings/${segment(uuid)}/transcript`,
  pastMeeting: (uuid: string) => `/past_meetings/${segment(uuid)}`,
  participants: (uuid: string) => `/past_meetings/${segment(uuid)}/participants`,
  subscriptions: "/marketplace/app/event_subscription",
  subscription: (id: string) => `/marketplace/app/event_subscription/${encodeURIComponent(id)}`,
} as const;
