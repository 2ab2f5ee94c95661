import { jsonReply, type Reply } from "../../reply.ts";
import { requiredText } from "../arguments.ts";
import type { Call } from "../call.ts";
import { refuse } from "../errors.ts";
import { pageOf, readLimit } from "../paging.ts";
import { renderUser } from "../render.ts";

const withEmail = ({ grant }: Call) => grant.scopes.includes("users:read.email");

export function usersList(call: Call): Reply {
  const { args, behaviour, workspace, now } = call;
  const limit = readLimit(args, 1_000);
  if (limit === undefined && behaviour.limitRequired) throw refuse("limit_required");
  const all = [...workspace.users.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = pageOf(
    all,
    () => true,
    (user) => user.id,
    { args, what: "user", limit: limit ?? Math.max(1, all.length), behaviour },
  );
  return jsonReply(200, {
    ok: true,
    members: page.items.map((user) => renderUser(workspace, user, withEmail(call))),
    cache_ts: Math.floor(now / 1_000),
    response_metadata: { next_cursor: page.cursor },
  });
}

export function usersInfo(call: Call): Reply {
  const user = call.workspace.users.get(requiredText(call.args, "user"));
  if (!user) throw refuse("user_not_found");
  return jsonReply(200, { ok: true, user: renderUser(call.workspace, user, withEmail(call)) });
}

export function usersLookupByEmail(call: Call): Reply {
  const email = requiredText(call.args, "email").toLowerCase();
  // guess: people who left are not found by their address.
  const user = [...call.workspace.users.values()].find(
    (one) => one.email?.toLowerCase() === email && !one.deleted,
  );
  if (!user) throw refuse("users_not_found");
  return jsonReply(200, { ok: true, user: renderUser(call.workspace, user, withEmail(call)) });
}
