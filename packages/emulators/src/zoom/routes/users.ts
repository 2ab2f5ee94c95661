import { jsonReply, type Reply } from "../../reply.ts";
import { findUser } from "../account.ts";
import { type Call, userIdOf } from "../call.ts";
import { invalidField, noUser } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { isoTime, minutes, renderListedUser, renderUser } from "../render.ts";

export const userOf = (call: Call) => {
  const id = userIdOf(call, call.params[0] ?? "");
  const user = findUser(call.account, id);
  if (!user) throw noUser(id);
  return user;
};

export const getUser = (call: Call): Reply => jsonReply(200, renderUser(call.account, userOf(call)));

const STATUSES = ["active", "inactive", "pending"];

export function listUsers({ account, now, query }: Call): Reply {
  const status = query.get("status") ?? "active";
  if (!STATUSES.includes(status)) throw invalidField("status", "Invalid field.");
  const found = [...account.users.values()].filter((user) => user.status === status);
  const { fields, items } = pageOf(found, `users:${status}`, query, now);
  const users = items.map((user) => renderListedUser(account, user));
  return jsonReply(200, { ...fields, page_number: 1, users });
}

/** guess: which meetings come for which type; only those that took place are kept here. */
export function listMeetings(call: Call): Reply {
  const { account, now, query } = call;
  const user = userOf(call);
  const type = query.get("type") ?? "scheduled";
  const past = type === "previous_meetings" || type === "scheduled";
  const found = [...account.meetings.values()]
    .filter((meeting) => past && meeting.hostId === user.id)
    .reverse();
  const { fields, items } = pageOf(found, `meetings:${user.id}:${type}`, query, now);
  const meetings = items.map((meeting) => ({
    uuid: meeting.uuid,
    id: meeting.id,
    host_id: meeting.hostId,
    topic: meeting.topic,
    type: meeting.type,
    start_time: isoTime(meeting.startMs),
    duration: minutes(meeting.durationMs),
    timezone: meeting.timezone,
    created_at: isoTime(meeting.startMs - 86_400_000),
    join_url: `https://us02web.zoom.us/j/${meeting.id}`,
  }));
  return jsonReply(200, { ...fields, page_number: 1, meetings });
}
