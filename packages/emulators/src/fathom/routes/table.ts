import { isTrue, type Route } from "../call.ts";
import { getSummary, getTranscript, listMeetings, listMeetingTypes } from "./meetings.ts";
import { listTeamMembers, listTeams } from "./teams.ts";
import { createWebhook, deleteWebhook } from "./webhooks.ts";

export const BASE = "/external/v1";

export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/meetings",
    kind: "meetings",
    heavy: (query) => isTrue(query, "include_transcript") || isTrue(query, "include_summary"),
    handle: listMeetings,
  },
  { method: "GET", path: "/meeting_types", kind: "meeting_types", handle: listMeetingTypes },
  {
    method: "GET",
    path: "/recordings/*/transcript",
    kind: "transcript",
    heavy: () => true,
    handle: getTranscript,
  },
  { method: "GET", path: "/recordings/*/summary", kind: "summary", heavy: () => true, handle: getSummary },
  { method: "GET", path: "/teams", kind: "teams", handle: listTeams },
  { method: "GET", path: "/team_members", kind: "team_members", handle: listTeamMembers },
  { method: "POST", path: "/webhooks", kind: "create_webhook", handle: createWebhook },
  { method: "DELETE", path: "/webhooks/*", kind: "delete_webhook", handle: deleteWebhook },
];

export interface FoundRoute {
  readonly route: Route;
  readonly params: readonly string[];
}

export function findRoute(method: string, pathname: string): FoundRoute | undefined {
  if (!pathname.startsWith(`${BASE}/`)) return undefined;
  const given = pathname.slice(BASE.length).split("/").slice(1);
  for (const route of ROUTES) {
    const wanted = route.path.split("/").slice(1);
    if (route.method !== method || wanted.length !== given.length) continue;
    if (!wanted.every((part, i) => part === "*" || part === given[i])) continue;
    return { route, params: wanted.flatMap((part, i) => (part === "*" ? [given[i] ?? ""] : [])) };
  }
  return undefined;
}
