import { type FathomAccount, type FathomMeeting, type FathomTurn, isOwn } from "./account.ts";

type Fields = Record<string, unknown>;

/** Without fractions of a second. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

export const domainOf = (email: string | undefined): string | null =>
  email === undefined ? null : (email.split("@")[1]?.toLowerCase() ?? null);

/** `HH:MM:SS` from the beginning of the recording. */
export function clockTime(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return [seconds / 3_600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0"))
    .join(":");
}

/** Parts of a meeting that come only when they are asked for. */
export interface Includes {
  readonly transcript: boolean;
  readonly summary: boolean;
  readonly actionItems: boolean;
  readonly crmMatches: boolean;
  readonly highlights: boolean;
}

export const NOTHING: Includes = {
  transcript: false,
  summary: false,
  actionItems: false,
  crmMatches: false,
  highlights: false,
};

/** From then on the vendor matches speakers to invitees. */
const MATCHED_FROM = Date.UTC(2025, 1, 1);

export function renderMeeting(account: FathomAccount, meeting: FathomMeeting, include: Includes): Fields {
  const { recordedBy, scheduled } = meeting;
  const matched = include.transcript && meeting.createdAt >= MATCHED_FROM;
  const outside = meeting.invitees.some(({ isExternal }) => isExternal);
  return {
    title: meeting.title,
    meeting_title: meeting.meetingTitle ?? null,
    meeting_type: meeting.meetingType ?? null,
    recording_id: meeting.recordingId,
    url: callUrl(meeting),
    meeting_url: meeting.meetingUrl ?? null,
    share_url: `https://fathom.video/share/${Buffer.from(`share-${meeting.callId}`).toString("base64url")}`,
    created_at: isoTime(meeting.createdAt),
    // guess: null for calls that nobody had scheduled; the vendor's schema wants text.
    scheduled_start_time: scheduled ? isoTime(scheduled.start) : null,
    scheduled_end_time: scheduled ? isoTime(scheduled.end) : null,
    recording_start_time: isoTime(meeting.recordingStart),
    recording_end_time: isoTime(meeting.recordingEnd),
    calendar_invitees_domains_type: outside ? "one_or_more_external" : "only_internal",
    shared_with: meeting.sharedWith,
    transcript_language: meeting.language,
    transcript: include.transcript && meeting.transcript ? meeting.transcript().map(renderTurn) : null,
    default_summary: include.summary && meeting.summary !== undefined ? renderSummary(meeting.summary) : null,
    action_items: include.actionItems ? renderActionItems(meeting) : null,
    highlights: include.highlights ? [] : null,
    calendar_invitees: meeting.invitees.map(({ email, isExternal, name, speaker }) => ({
      name: name ?? null,
      email: email ?? null,
      email_domain: domainOf(email),
      is_external: isExternal,
      ...(matched && { matched_speaker_display_name: speaker ?? null }),
    })),
    recorded_by: {
      name: recordedBy.name,
      email: recordedBy.email,
      email_domain: domainOf(recordedBy.email),
      team: isOwn(account, meeting) ? (recordedBy.team ?? null) : null,
    },
    crm_matches: include.crmMatches ? renderCrm(meeting) : null,
  };
}

const callUrl = ({ callId }: FathomMeeting): string => `https://fathom.video/calls/${callId}`;

export const renderTurn = ({ atMs, email, speaker, text }: FathomTurn): Fields => ({
  speaker: { display_name: speaker, matched_calendar_invitee_email: email ?? null },
  text,
  timestamp: clockTime(atMs),
});

export const renderSummary = (markdown: string): Fields => ({
  template_name: "general",
  markdown_formatted: markdown,
});

const renderActionItems = (meeting: FathomMeeting): Fields[] | null =>
  meeting.actionItems?.map(({ assignee, atMs, completed, text }) => ({
    description: text,
    user_generated: false,
    completed,
    recording_timestamp: clockTime(atMs),
    recording_playback_url: `${callUrl(meeting)}?timestamp=${Math.floor(atMs / 1_000)}`,
    assignee: { name: assignee?.name ?? null, email: assignee?.email ?? null, team: null },
  })) ?? null;

function renderCrm({ crmCompany, invitees }: FathomMeeting): Fields {
  const record = (kind: string, name: string) =>
    `https://app.hubspot.com/contacts/1/${kind}/${Buffer.from(name).toString("hex").slice(0, 10)}`;
  const guests = invitees.filter(({ email, isExternal }) => isExternal && email !== undefined);
  return {
    contacts: guests.map(({ email = "", name }) => ({
      name: name ?? email,
      email,
      record_url: record("contact", email),
    })),
    companies:
      crmCompany === undefined ? [] : [{ name: crmCompany, record_url: record("company", crmCompany) }],
    deals: [],
    error: null,
  };
}
