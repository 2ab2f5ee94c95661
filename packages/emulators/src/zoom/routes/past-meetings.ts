import { jsonReply, type Reply } from "../../reply.ts";
import { instancesOf } from "../account.ts";
import type { Call } from "../call.ts";
import { noMeeting, refuse } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { displayName, isoTime, minutes, renderParticipant } from "../render.ts";
import { meetingOf } from "./recordings.ts";

export function getPastMeeting(call: Call): Reply {
  const meeting = meetingOf(call);
  const host = call.account.users.get(meeting.hostId);
  const people = new Set(meeting.participants.map((one) => one.id || one.email || one.name));
  return jsonReply(200, {
    id: meeting.id,
    uuid: meeting.uuid,
    host_id: meeting.hostId,
    topic: meeting.topic,
    type: meeting.type,
    user_name: host ? displayName(host) : "",
    user_email: host?.email ?? "",
    start_time: isoTime(meeting.startMs),
    end_time: isoTime(meeting.startMs + meeting.durationMs),
    duration: minutes(meeting.durationMs),
    total_minutes: meeting.participants.reduce(
      (sum, { joinMs, leaveMs }) => sum + minutes(leaveMs - joinMs),
      0,
    ),
    participants_count: people.size,
    dept: "",
    source: "Zoom",
    has_meeting_summary: meeting.summary !== undefined,
  });
}

export function listInstances({ account, params }: Call): Reply {
  const instances = instancesOf(account, Number(params[0]));
  if (instances.length === 0) throw noMeeting(params[0] ?? "");
  return jsonReply(200, {
    meetings: instances.map(({ startMs, uuid }) => ({ uuid, start_time: isoTime(startMs) })),
  });
}

export function listParticipants(call: Call): Reply {
  const { now, query } = call;
  const meeting = meetingOf(call);
  const { fields, items } = pageOf(meeting.participants, `participants:${meeting.uuid}`, query, now);
  return jsonReply(200, { ...fields, participants: items.map(renderParticipant) });
}

/** The report has fields that the list has not, and lacks one. */
export function reportParticipants(call: Call): Reply {
  const { now, query } = call;
  const meeting = meetingOf(call);
  const { fields, items } = pageOf(meeting.participants, `report:${meeting.uuid}`, query, now);
  const participants = items.map((participant) => {
    const { internal_user: _, registrant_id, ...rest } = renderParticipant(participant);
    return {
      ...rest,
      customer_key: "",
      bo_mtg_id: "",
      participant_user_id: participant.id,
      ...(query.get("include_fields") === "registrant_id" && { registrant_id }),
    };
  });
  return jsonReply(200, { ...fields, participants });
}

export function getSummary(call: Call): Reply {
  const meeting = meetingOf(call);
  const { summary } = meeting;
  // guess: status and code.
  if (!summary) throw refuse(404, 3001, "Meeting summary does not exist.");
  return jsonReply(200, renderSummary(call, meeting));
}

export function renderSummary(
  { account }: Pick<Call, "account">,
  meeting: ReturnType<typeof meetingOf>,
): Record<string, unknown> {
  const { overview = "", nextSteps = [], topics = [] } = meeting.summary ?? {};
  const end = meeting.startMs + meeting.durationMs;
  const created = isoTime(end + 90_000);
  return {
    meeting_host_id: meeting.hostId,
    meeting_host_email: account.users.get(meeting.hostId)?.email ?? "",
    meeting_uuid: meeting.uuid,
    meeting_id: meeting.id,
    meeting_topic: meeting.topic,
    meeting_start_time: isoTime(meeting.startMs),
    meeting_end_time: isoTime(end),
    summary_start_time: isoTime(meeting.startMs),
    summary_end_time: isoTime(end),
    summary_created_time: created,
    summary_last_modified_time: created,
    summary_title: `Meeting summary for ${meeting.topic}`,
    summary_overview: overview,
    summary_details: topics.map(({ label, summary }) => ({ label, summary })),
    next_steps: nextSteps,
    summary_content: [
      "## Key takeaways",
      ...topics.map(({ label, summary }) => `- **${label}**: ${summary}`),
      "",
      "## Next steps",
      ...nextSteps.map((step) => `- ${step}`),
    ].join("\n"),
  };
}
