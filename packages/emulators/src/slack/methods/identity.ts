import { jsonReply, type Reply } from "../../reply.ts";
import { requiredText, textArg } from "../arguments.ts";
import type { Call } from "../call.ts";
import { refuse } from "../errors.ts";
import { renderBot } from "../render.ts";

export function authTest({ grant, workspace }: Call): Reply {
  const user = workspace.users.get(grant.userId);
  return jsonReply(200, {
    ok: true,
    url: `https://${workspace.domain}.slack.com/`,
    team: workspace.name,
    user: user?.name ?? "",
    team_id: workspace.id,
    user_id: grant.userId,
    ...(grant.kind === "bot" && { bot_id: workspace.botId }),
    is_enterprise_install: false,
  });
}

export function teamInfo(call: Call): Reply {
  const { args, workspace } = call;
  const asked = textArg(args, "team");
  if (asked !== undefined && asked !== workspace.id) throw refuse("team_not_found");
  const icon = Object.fromEntries(
    [34, 44, 68, 88, 102, 132, 230].map((size) => [
      `image_${size}`,
      `https://a.slack-edge.com/team/${size}.png`,
    ]),
  );
  return jsonReply(200, {
    ok: true,
    team: {
      id: workspace.id,
      name: workspace.name,
      url: `https://${workspace.domain}.slack.com/`,
      domain: workspace.domain,
      email_domain: workspace.emailDomain,
      icon: { ...icon, image_default: true },
      avatar_base_url: "https://ca.slack-edge.com/",
      is_verified: false,
    },
  });
}

export function botsInfo(call: Call): Reply {
  const id = requiredText(call.args, "bot");
  const user = [...call.workspace.users.values()].find((one) => one.botId === id);
  if (!user) throw refuse("bot_not_found");
  const { team_id: _, ...bot } = renderBot(call.workspace, id, user.appId ?? "");
  return jsonReply(200, { ok: true, bot });
}
