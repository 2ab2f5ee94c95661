import { jsonReply, type Reply } from "../../reply.ts";
import { type FathomMeeting, isOwn, maySee } from "../account.ts";
import { type Call, isTrue } from "../call.ts";
import { refuse } from "../errors.ts";
import { pageReply } from "../paging.ts";
import { domainOf, type Includes, renderMeeting, renderSummary, renderTurn } from "../render.ts";

export function listMeetings(call: Call): Reply {
  const { account, behaviour, grant, pageSize, query } = call;
  const include: Includes = {
    transcript: isTrue(query, "include_transcript"),
    summary: isTrue(query, "include_summary"),
    actionItems: isTrue(query, "include_action_items"),
    crmMatches: isTrue(query, "include_crm_matches"),
    highlights: isTrue(query, "include_highlights"),
  };
  if (grant.kind === "oauth" && (include.transcript || include.summary))
    throw refuse(400, "include_transcript and include_summary are not available to OAuth apps");
  const wanted = filterOf(call);
  const sign = behaviour.order === "newest" ? -1 : 1;
  const order = (a: FathomMeeting, b: FathomMeeting) =>
    sign * (a.createdAt - b.createdAt || a.recordingId - b.recordingId);
  const found = [...account.meetings.values()].filter(wanted).sort(order);
  return pageReply(found, {
    query,
    size: pageSize,
    key: ({ createdAt, recordingId }) => `${createdAt}:${recordingId}`,
    isAfter(meeting, key) {
      const [createdAt = 0, recordingId = 0] = key.split(":").map(Number);
      return sign * (meeting.createdAt - createdAt || meeting.recordingId - recordingId) > 0;
    },
    render: (meeting) => renderMeeting(account, meeting, include),
  });
}

const DOMAIN_TYPES = ["all", "only_internal", "one_or_more_external"];

function filterOf({ account, query, user }: Call): (meeting: FathomMeeting) => boolean {
  const after = timeOf(query, "created_after");
  const before = timeOf(query, "created_before");
  const recorders = query.getAll("recorded_by[]").map((email) => email.toLowerCase());
  const teams = query.getAll("teams[]");
  const domains = query.getAll("calendar_invitees_domains[]").map((domain) => domain.toLowerCase());
  const type = query.get("calendar_invitees_domains_type") ?? "all";
  if (!DOMAIN_TYPES.includes(type)) throw refuse(400, "Invalid calendar_invitees_domains_type");
  const meetingType = query.get("meeting_type");
  return (meeting) => {
    const { createdAt, invitees, recordedBy } = meeting;
    const outside = invitees.some(({ isExternal }) => isExternal);
    if (!maySee(user, meeting)) return false;
    // Without one of these filters, calls that others recorded outside of the organisation are left out.
    if (recorders.length === 0 && teams.length === 0 && !isOwn(account, meeting)) return false;
    if (after !== undefined && createdAt <= after) return false;
    if (before !== undefined && createdAt >= before) return false;
    if (recorders.length > 0 && !recorders.includes(recordedBy.email.toLowerCase())) return false;
    if (teams.length > 0 && !teams.includes(recordedBy.team ?? "")) return false;
    if (domains.length > 0 && !invitees.some(({ email }) => domains.includes(domainOf(email) ?? "")))
      return false;
    if (type === "only_internal" && outside) return false;
    if (type === "one_or_more_external" && !outside) return false;
    return meetingType === null || meeting.meetingType === meetingType;
  };
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw refuse(400, `Invalid ${name}`);
  return time;
}

/** guess: what the key may not see is as unknown as what is not there. */
function recordingOf({ account, params, user }: Call): FathomMeeting {
  const meeting = account.meetings.get(Number(params[0]));
  if (!meeting || !maySee(user, meeting)) throw refuse(404, "Recording not found");
  return meeting;
}

export function getTranscript(call: Call): Reply {
  const { transcript } = recordingOf(call);
  // guess: what is not ready is not found.
  if (!transcript) throw refuse(404, "Transcript not found");
  return given(call, { transcript: transcript().map(renderTurn) });
}

export function getSummary(call: Call): Reply {
  const { summary } = recordingOf(call);
  if (summary === undefined) throw refuse(404, "Summary not found");
  return given(call, { summary: renderSummary(summary) });
}

/** At once, or later to an address. */
function given({ callBack, query }: Call, content: Readonly<Record<string, unknown>>): Reply {
  const destination_url = query.get("destination_url");
  if (destination_url === null) return jsonReply(200, content);
  if (!URL.canParse(destination_url)) throw refuse(400, "Invalid destination_url");
  callBack(destination_url, content);
  return jsonReply(200, { destination_url });
}

/** guess: the shape of this answer. */
export const listMeetingTypes = ({ account }: Call): Reply =>
  jsonReply(200, { items: account.meetingTypes.map((name) => ({ name })) });
