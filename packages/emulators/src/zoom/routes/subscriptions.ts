import { emptyReply, jsonReply, type Reply } from "../../reply.ts";
import type { Call } from "../call.ts";
import { ZOOM_EVENTS } from "../changes.ts";
import { invalidField, refuse } from "../errors.ts";
import { pageOf } from "../paging.ts";
import { hasScope, scopeOfEvent } from "../scopes.ts";
import type { ZoomSubscription } from "../webhooks.ts";

const SCOPES: readonly string[] = ["user", "account", "master_account"];

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

/** Made in the app's settings, it is nobody's to change here. */
function subscriptionOf({ params, webhooks }: Call, id = params[0] ?? ""): ZoomSubscription {
  const subscription = webhooks.subscriptions.get(id);
  // guess: status, code and words.
  if (subscription?.source !== "openapi") throw refuse(404, 404, "Event subscription does not exist.");
  return subscription;
}

export function createSubscription({ app, body, webhooks }: Call): Reply {
  const { account_id, event_subscription_name, event_webhook_url, events, subscription_scope, user_ids } =
    body;
  if (!isTexts(events) || events.length === 0) throw invalidField("events", "Invalid field.");
  if (typeof event_webhook_url !== "string" || !URL.canParse(event_webhook_url))
    throw invalidField("event_webhook_url", "Invalid field.");
  if (typeof subscription_scope !== "string" || !SCOPES.includes(subscription_scope))
    throw invalidField("subscription_scope", "Invalid field.");
  for (const event of events) {
    const scope = scopeOfEvent(event);
    const known = (ZOOM_EVENTS as readonly string[]).includes(event);
    if (!known || (scope !== undefined && !hasScope(app.scopes, scope)))
      throw refuse(400, 300, "The event is not allowed for the app.");
  }
  const made = webhooks.create({
    targetUrl: event_webhook_url,
    events,
    name: typeof event_subscription_name === "string" ? event_subscription_name : "",
    scope: subscription_scope as ZoomSubscription["scope"],
    ...(typeof account_id === "string" && { accountId: account_id }),
    ...(isTexts(user_ids) && { userIds: user_ids }),
  });
  return jsonReply(201, { event_subscription_id: made.id });
}

export function listSubscriptions({ now, query, webhooks }: Call): Reply {
  const [userId, accountId] = [query.get("user_id"), query.get("account_id")];
  if (userId === null) throw invalidField("user_id", "Field is required.");
  if (accountId === null) throw invalidField("account_id", "Field is required.");
  const scope = query.get("subscription_scope");
  const found = [...webhooks.subscriptions.values()].filter(
    (one) =>
      (one.accountId === undefined || one.accountId === accountId) &&
      (one.scope !== "user" || (one.userIds ?? []).includes(userId)) &&
      (scope === null || one.scope === scope),
  );
  const { fields, items } = pageOf(found, `subscriptions:${userId}:${accountId}`, query, now);
  const event_subscriptions = items.map((one) => ({
    event_subscription_id: one.id,
    event_subscription_name: one.name,
    events: one.events,
    event_webhook_url: one.targetUrl,
    subscription_scope: one.scope,
    created_source: one.source,
    subscriber_id: one.scope === "user" ? userId : accountId,
  }));
  const { next_page_token, page_size } = fields;
  return jsonReply(200, { next_page_token, page_size, event_subscriptions });
}

/** Adds people. */
export function patchSubscription(call: Call): Reply {
  const { body, webhooks } = call;
  if (typeof body.account_id !== "string") throw invalidField("account_id", "Field is required.");
  const subscription = subscriptionOf(call);
  const userIds = isTexts(body.user_ids) ? body.user_ids : [];
  webhooks.change(subscription.id, [...new Set([...(subscription.userIds ?? []), ...userIds])]);
  return emptyReply();
}

export function deleteSubscription(call: Call): Reply {
  call.webhooks.remove(subscriptionOf(call).id);
  return emptyReply();
}

/** People leave a subscription, or a whole account does. */
export function unsubscribe(call: Call): Reply {
  const { query, webhooks } = call;
  if (query.get("account_id") === null) throw invalidField("account_id", "Field is required.");
  const subscription = subscriptionOf(call, query.get("event_subscription_id") ?? "");
  const leaving = (query.get("user_ids") ?? "").split(",").filter(Boolean);
  if (leaving.length === 0) webhooks.remove(subscription.id);
  else {
    const rest = (subscription.userIds ?? []).filter((id) => !leaving.includes(id));
    webhooks.change(subscription.id, rest);
  }
  return emptyReply();
}
