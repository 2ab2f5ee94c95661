import type { MeetingStore } from "@halo/core";
import type { Door } from "../tenant.ts";
import { listMeetings } from "./list-meetings.ts";
import { readMeetingStats, readTranscript } from "./read-meetings.ts";

export function meetingStore(door: Door): MeetingStore {
  return {
    list: (orgId, filter) => listMeetings(door, orgId, filter),
    transcript: (orgId, connectionId, key) => readTranscript(door, orgId, connectionId, key),
    stats: (orgId, connectionId, since) => readMeetingStats(door, orgId, connectionId, since),
  };
}
