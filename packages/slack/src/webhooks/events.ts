import { defineWebhook, defineWebhooks, type Json } from "@halo/core";
import { noticesOf, type SlackNotice } from "./notice.ts";
import { receiveSlackWebhook } from "./receive.ts";

const STREAM = "threads";
const key = (channel: string, ts: string) => `${channel}:${ts}`;

/** The thread itself tells what stands in it, whatever the order of the events. */
const said = defineWebhook<SlackNotice>({
  events: ["message", "message_changed"],
  changes: (notice) =>
    "root" in notice
      ? [{ stream: STREAM, key: key(notice.channel, notice.root), hint: { thread: notice.thread } }]
      : [],
});

/** A deletion is for good, and a ts is never given again: only what is left of a thread is worth a call. */
const deleted = defineWebhook<SlackNotice>({
  events: ["message_deleted"],
  changes: (notice) => {
    if (!("root" in notice)) return [];
    const thread = key(notice.channel, notice.root);
    return notice.gone
      ? [{ stream: STREAM, tombstone: { key: thread, deletedAt: new Date(notice.at) } }]
      : [{ stream: STREAM, key: thread, hint: { thread: true } }];
  },
});

const ended = defineWebhook<SlackNotice>({
  events: ["app_uninstalled", "tokens_revoked"],
  changes: () => [],
  endsAccess: () => true,
});

/** What each of Slack's events touches; `secrets` are the app's signing secrets. */
export function webhooks(secrets: readonly string[]) {
  return defineWebhooks<SlackNotice>({
    receive: (delivery) => receiveSlackWebhook(delivery).flatMap(noticesOf),
    ...(secrets.length > 0 && { secrets }),
    type: (notice) => notice.type,
    account: (notice) => ("team" in notice ? notice.team : undefined),
    key: (notice) => ("id" in notice ? notice.id : ""),
    occurredAt: (notice) => ("at" in notice ? new Date(notice.at) : undefined),
    payload: (notice) => notice as unknown as Json,
    parse: (payload) => payload as unknown as SlackNotice,
    reply: (notice) =>
      notice.type === "url_verification" ? { contentType: "text/plain", body: notice.challenge } : undefined,
    definitions: [said, deleted, ended],
    instructions: (url) =>
      [
        "Open your app at https://api.slack.com/apps, and there Event Subscriptions. Turn events on and set the Request",
        `URL to ${url}`,
        "Slack checks it at once. Under Subscribe to bot events add message.channels and message.groups; leave out",
        "message.im and message.mpim, which are never read. app_uninstalled and tokens_revoked tell when access ends.",
        `Under Interactivity & Shortcuts turn interactivity on and give ${url.replace(/\/webhook(?:\/.*)?$/, "/interactivity")}:`,
        "there people decide what agents propose. Both are verified with the app's signing secret.",
      ].join("\n"),
  });
}
