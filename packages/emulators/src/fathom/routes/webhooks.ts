import { emptyReply, jsonReply, type Reply } from "../../reply.ts";
import type { Call } from "../call.ts";
import { refuse } from "../errors.ts";
import { isoTime } from "../render.ts";
import { FATHOM_TRIGGERS, type FathomTrigger } from "../webhooks.ts";

const isTrigger = (value: unknown): value is FathomTrigger =>
  (FATHOM_TRIGGERS as readonly unknown[]).includes(value);

export function createWebhook({ behaviour, body, grant, user, webhooks }: Call): Reply {
  // guess: the status. Apps are said to get theirs when they are registered.
  if (grant.kind === "oauth" && !behaviour.oauthWebhooks)
    throw refuse(403, "Webhooks can only be created with an API key");
  const { destination_url, triggered_for } = body;
  if (typeof destination_url !== "string" || !URL.canParse(destination_url))
    throw refuse(400, "destination_url is invalid");
  if (!Array.isArray(triggered_for) || triggered_for.length === 0 || !triggered_for.every(isTrigger))
    throw refuse(400, "triggered_for is invalid");
  const include = {
    transcript: body.include_transcript === true,
    summary: body.include_summary === true,
    actionItems: body.include_action_items === true,
    crmMatches: body.include_crm_matches === true,
  };
  if (!Object.values(include).includes(true)) throw refuse(400, "at least one include_* must be true");
  const hook = webhooks.create({
    account: grant.account,
    email: user.email,
    url: destination_url,
    triggeredFor: triggered_for,
    ...include,
  });
  return jsonReply(201, {
    id: hook.id,
    url: hook.url,
    secret: hook.secret,
    created_at: isoTime(hook.createdAt),
    include_transcript: hook.transcript,
    include_crm_matches: hook.crmMatches,
    include_summary: hook.summary,
    include_action_items: hook.actionItems,
    triggered_for: hook.triggeredFor,
  });
}

/** guess: another person's webhook is not found. */
export function deleteWebhook({ grant, params, user, webhooks }: Call): Reply {
  const hook = webhooks.hooks.get(params[0] ?? "");
  if (!hook || hook.account !== grant.account || hook.email !== user.email)
    throw refuse(404, "Webhook not found");
  webhooks.remove(hook.id);
  return emptyReply();
}
