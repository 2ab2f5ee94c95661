import { type Change, defineWebhook, defineWebhooks, type Json } from "@halo/core";
import type { AppClient } from "../app-client.ts";
import type { ZoomManagement } from "../auth.ts";
import type { ZoomEvent } from "./event.ts";
import { noticeOf, type ZoomNotice } from "./notice.ts";
import { receiveZoomWebhook } from "./receive.ts";
import { register, SUBSCRIBED, unregister } from "./register.ts";

const meeting = (uuid: string): Change => ({ stream: "meetings", key: uuid });

/** A recording came, grew or came back: it is read anew, by the connection's own token. */
const recorded = defineWebhook<ZoomNotice>({
  events: ["recording.completed", "recording.transcript_completed", "recording.recovered"],
  changes: (notice) => {
    if (!("uuid" in notice)) return [];
    const { token, url, uuid } = notice;
    const hint = { ...(url !== undefined && { url }), ...(token !== undefined && { token }) };
    return [meeting(uuid), { stream: "transcripts", key: uuid, hint }];
  },
});

/** In the trash it is out of sight as well: what was said in it goes, until it is recovered. */
const gone = defineWebhook<ZoomNotice>({
  events: ["recording.trashed", "recording.deleted"],
  changes: (notice) =>
    "uuid" in notice
      ? [
          meeting(notice.uuid),
          { stream: "transcripts", tombstone: { key: notice.uuid, ...deletedAt(notice.at) } },
        ]
      : [],
});

const ended = defineWebhook<ZoomNotice>({
  events: ["meeting.ended"],
  changes: (notice) => ("uuid" in notice ? [meeting(notice.uuid)] : []),
});

/** The meeting goes; its recording stands until an event of its own. */
const deleted = defineWebhook<ZoomNotice>({
  events: ["meeting.deleted"],
  changes: (notice) =>
    "uuid" in notice
      ? [
          { stream: "meetings", tombstone: { key: notice.uuid, ...deletedAt(notice.at) } },
          { stream: "transcripts", key: notice.uuid },
        ]
      : [],
});

/** A user-managed app is removed by each person for themselves; an admin-managed one by any admin for all. */
const removed = (management: ZoomManagement) =>
  defineWebhook<ZoomNotice>({
    events: ["app_deauthorized"],
    changes: () => [],
    endsAccess: (notice, { details }) =>
      management === "admin" || !("user" in notice) || notice.user === details?.user_id,
  });

const deletedAt = (at: number | undefined) => (at === undefined ? {} : { deletedAt: new Date(at) });

export interface WebhookOptions {
  /** The app's Secret Tokens. */
  readonly secrets: readonly string[];
  readonly management: ZoomManagement;
  readonly appOrigin: string;
  /** Absent: nothing is registered by API. */
  readonly client: AppClient | undefined;
}

/** What each of Zoom's events touches. */
export function webhooks({ appOrigin, client, management, secrets }: WebhookOptions) {
  return defineWebhooks<ZoomNotice>({
    receive: (delivery) => receiveZoomWebhook(delivery).map((event: ZoomEvent) => noticeOf(event)),
    ...(secrets.length > 0 && { secrets }),
    type: (notice) => notice.type,
    account: (notice) => ("account" in notice ? notice.account : undefined),
    key: (notice) => ("id" in notice ? notice.id : ""),
    occurredAt: (notice) => ("at" in notice && notice.at !== undefined ? new Date(notice.at) : undefined),
    payload: (notice) => notice as unknown as Json,
    parse: (payload) => payload as unknown as ZoomNotice,
    // It holds the token that opens the files.
    sealed: true,
    definitions: [recorded, gone, ended, deleted, removed(management)],
    reply: (notice) =>
      "answer" in notice
        ? { contentType: "application/json", body: JSON.stringify(notice.answer) }
        : undefined,
    ...(client && {
      register: (scope) => register(scope, { appOrigin, client, management }),
      unregister: (scope) => unregister(scope, { appOrigin, client }),
    }),
    instructions: (url) =>
      [
        "Open your app at https://marketplace.zoom.us/develop/apps, and there Features, Access, Event Subscriptions.",
        "Add an event subscription by webhook, and set its endpoint URL to",
        url,
        `Add the events ${SUBSCRIBED.join(", ")}.`,
        "Copy the app's Secret Token into `webhookSecretTokens` of zoom() before you press Validate: Zoom asks that",
        "address at once, and again every 72 hours. Events of all accounts that installed the app come to it.",
      ].join("\n"),
  });
}
