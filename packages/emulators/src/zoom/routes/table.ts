import type { Route } from "../call.ts";
import {
  getPastMeeting,
  getSummary,
  listInstances,
  listParticipants,
  reportParticipants,
} from "./past-meetings.ts";
import { getRecordings, getTranscript, listRecordings } from "./recordings.ts";
import {
  createSubscription,
  deleteSubscription,
  listSubscriptions,
  patchSubscription,
  unsubscribe,
} from "./subscriptions.ts";
import { getUser, listMeetings, listUsers } from "./users.ts";

const SUBSCRIPTIONS = "/marketplace/app/event_subscription";
const app = { grants: ["app"], label: "light" } as const;

/**
 * Scopes and labels: vendors/zoom.md and the OpenAPI. Scopes are those of a user-managed app; the admin's are the same
 * with a suffix. guess: the labels of routes for which neither names one.
 */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/users",
    kind: "users",
    label: "medium",
    scopes: ["user:read:list_users:admin"],
    handle: listUsers,
  },
  {
    method: "GET",
    path: "/users/*",
    kind: "user",
    label: "light",
    scopes: ["user:read:user"],
    handle: getUser,
  },
  {
    method: "GET",
    path: "/users/*/meetings",
    kind: "meetings",
    label: "medium",
    scopes: ["meeting:read:list_meetings"],
    handle: listMeetings,
  },
  {
    method: "GET",
    path: "/users/*/recordings",
    kind: "recordings",
    label: "medium",
    scopes: ["cloud_recording:read:list_user_recordings"],
    handle: listRecordings,
  },
  {
    method: "GET",
    path: "/meetings/*/recordings",
    kind: "recording",
    label: "light",
    scopes: ["cloud_recording:read:list_recording_files"],
    handle: getRecordings,
  },
  {
    method: "GET",
    path: "/meetings/*/transcript",
    kind: "transcript",
    label: "light",
    scopes: ["cloud_recording:read:meeting_transcript"],
    handle: getTranscript,
  },
  {
    method: "GET",
    path: "/meetings/*/meeting_summary",
    kind: "summary",
    label: "light",
    scopes: ["meeting:read:summary"],
    handle: getSummary,
  },
  {
    method: "GET",
    path: "/past_meetings/*",
    kind: "past_meeting",
    label: "light",
    scopes: ["meeting:read:past_meeting"],
    handle: getPastMeeting,
  },
  {
    method: "GET",
    path: "/past_meetings/*/participants",
    kind: "participants",
    label: "medium",
    scopes: ["meeting:read:list_past_participants"],
    handle: listParticipants,
  },
  {
    method: "GET",
    path: "/past_meetings/*/instances",
    kind: "instances",
    label: "medium",
    scopes: ["meeting:read:list_past_instances"],
    handle: listInstances,
  },
  {
    method: "GET",
    path: "/report/meetings/*/participants",
    kind: "participant_report",
    label: "heavy",
    scopes: ["report:read:list_meeting_participants:admin"],
    handle: reportParticipants,
  },
  {
    method: "POST",
    path: SUBSCRIPTIONS,
    kind: "subscribe",
    ...app,
    scopes: ["marketplace:write:event_subscription"],
    handle: createSubscription,
  },
  {
    method: "GET",
    path: SUBSCRIPTIONS,
    kind: "subscriptions",
    ...app,
    scopes: ["marketplace:read:list_event_subscriptions"],
    handle: listSubscriptions,
  },
  {
    method: "DELETE",
    path: SUBSCRIPTIONS,
    kind: "unsubscribe",
    ...app,
    scopes: ["marketplace:delete:event_subscription"],
    handle: unsubscribe,
  },
  {
    method: "PATCH",
    path: `${SUBSCRIPTIONS}/*`,
    kind: "resubscribe",
    ...app,
    scopes: ["marketplace:update:event_subscription"],
    handle: patchSubscription,
  },
  {
    method: "DELETE",
    path: `${SUBSCRIPTIONS}/*`,
    kind: "delete_subscription",
    ...app,
    scopes: ["marketplace:delete:event_subscription"],
    handle: deleteSubscription,
  },
];

export interface FoundRoute {
  readonly route: Route;
  /** As they stand in the path, decoded once; what was encoded twice, twice. */
  readonly params: readonly string[];
}

export function findRoute(method: string, pathname: string): FoundRoute | undefined {
  const given = pathname.replace(/^\/v2/, "").split("/").slice(1);
  for (const route of ROUTES) {
    const wanted = route.path.split("/").slice(1);
    if (route.method !== method || wanted.length !== given.length) continue;
    if (!wanted.every((part, i) => part === "*" || part === given[i])) continue;
    const params = wanted.flatMap((part, i) => (part === "*" ? [paramOf(given[i] ?? "")] : []));
    return params.includes(undefined) ? undefined : { route, params: params as string[] };
  }
  return undefined;
}

/**
 * A UUID that begins with a slash or holds two in a row must come encoded twice (vendors/zoom.md): encoded once, the
 * vendor's router takes its slashes for its own. Undefined: it does not get through.
 */
function paramOf(segment: string): string | undefined {
  try {
    const once = decodeURIComponent(segment);
    if (once.startsWith("/") || once.includes("//")) return undefined;
    return /%2f|%2b|%3d/i.test(once) ? decodeURIComponent(once) : once;
  } catch {
    return undefined;
  }
}
