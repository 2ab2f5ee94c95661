import type { Reply } from "../../reply.ts";
import type { Call } from "../call.ts";
import { pageReply } from "../paging.ts";
import { isoTime } from "../render.ts";

export function listTeams({ account, pageSize, query }: Call): Reply {
  const teams = [...account.teams].sort((a, b) => (a.name < b.name ? -1 : 1));
  return pageReply(teams, {
    query,
    size: pageSize,
    key: ({ name }) => name,
    isAfter: ({ name }, key) => name > key,
    render: ({ createdAt, name }) => ({ name, created_at: isoTime(createdAt) }),
  });
}

export function listTeamMembers({ account, pageSize, query }: Call): Reply {
  const team = query.get("team");
  const members = [...account.users.values()]
    .filter((user) => user.active && (team === null ? user.team !== undefined : user.team === team))
    .sort((a, b) => (a.email < b.email ? -1 : 1));
  return pageReply(members, {
    query,
    size: pageSize,
    key: ({ email }) => email,
    isAfter: ({ email }, key) => email > key,
    render: ({ createdAt, email, name }) => ({ name, email, created_at: isoTime(createdAt) }),
  });
}
