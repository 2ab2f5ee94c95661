import { type Change, defineWebhook, defineWebhooks, type Json } from "@halo/core";
import { accountId, isLive } from "../account.ts";
import { API_VERSION } from "../http.ts";
import { notificationOf } from "../notifications.ts";
import { registration } from "./endpoint.ts";
import { requireEvents, type StripeEvent } from "./event.ts";
import { receiveStripeWebhook } from "./receive.ts";
import { keyOfEvent, watched } from "./watched.ts";

/** The object itself tells how it is now, in our version of the API and whatever the order of the events. */
const touched = watched.map(({ events, stream }) =>
  defineWebhook<StripeEvent>({
    events,
    changes: (event): readonly Change[] => {
      const named = keyOfEvent(stream, event);
      return named ? [{ stream, ...named }] : [];
    },
    notification: notificationOf,
  }),
);

/** An app was uninstalled; Connect tells it with the same name. */
const ended = defineWebhook<StripeEvent>({
  events: ["account.application.deauthorized"],
  changes: () => [],
  endsAccess: () => true,
});

/** What each of Stripe's events touches; `secrets` are those of an app's own endpoint, whose events name their account. */
export function webhooks(secrets: readonly string[]) {
  return defineWebhooks<StripeEvent>({
    receive: receiveStripeWebhook,
    ...(secrets.length > 0 ? { secrets } : registration),
    type: ({ type }) => type,
    account: ({ account, livemode }) => (account ? accountId(account, livemode) : undefined),
    belongs: ({ livemode }, account) => livemode === isLive(account),
    key: ({ id }) => id,
    occurredAt: ({ created }) => new Date(created * 1_000),
    payload: (event) => event as unknown as Json,
    parse: (payload) => requireEvents(payload)[0] as StripeEvent,
    definitions: [...touched, ended],
    instructions: (url) =>
      [
        "In Stripe's Workbench open Webhooks, and add an event destination for events of your account.",
        `Choose the API version ${API_VERSION}, snapshot payloads, and as the endpoint's URL`,
        url,
        "Select these events:",
        watched.flatMap(({ events }) => events).join(", "),
        "Reveal the endpoint's signing secret (whsec_…), and give it to Halo for this connection. Test and live mode have",
        "endpoints and secrets of their own.",
      ].join("\n"),
  });
}
