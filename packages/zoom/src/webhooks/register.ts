import { type EndpointScope, isHaloError, type RegisteredEndpoint } from "@halo/core";
import * as z from "zod";
import { type AppClient, appToken } from "../app-client.ts";
import type { ZoomManagement } from "../auth.ts";
import { paths } from "../paths.ts";

/** What Halo wants to hear. */
export const SUBSCRIBED = [
  "recording.transcript_completed",
  "recording.completed",
  "recording.trashed",
  "recording.deleted",
  "recording.recovered",
  "meeting.ended",
  "meeting.deleted",
] as const;

export interface RegisterOptions {
  readonly appOrigin: string;
  readonly client: AppClient;
  readonly management: ZoomManagement;
}

const Created = z.object({ event_subscription_id: z.string().min(1) });
const Listed = z.object({
  event_subscriptions: z
    .array(z.object({ event_subscription_id: z.string(), event_webhook_url: z.string().nullish() }))
    .nullish(),
});

/**
 * Subscribes to the connection's events with a token of the app's own ("Webhook management", Zoom's blog of 2025-10-08,
 * read 2026-11-21). The Secret Token is the app's, and no API tells it. Undefined: the app may not.
 */
export async function register(
  { account, http, scopes, signal, url }: EndpointScope,
  { appOrigin, client, management }: RegisterOptions,
): Promise<RegisteredEndpoint | undefined> {
  const userId = account.details?.user_id;
  if (userId === undefined) return undefined;
  try {
    const token = await appToken(http, { appOrigin, client, signal });
    const query = { user_id: userId, account_id: account.id };
    const { event_subscriptions } = await http.get(paths.subscriptions, {
      query,
      token,
      schema: Listed,
      signal,
    });
    const known = event_subscriptions?.find((one) => one.event_webhook_url === url);
    if (known) return { id: known.event_subscription_id };
    const subscribe = async (events: readonly string[]) =>
      await http.post(paths.subscriptions, {
        token,
        json: {
          event_subscription_name: "Halo",
          event_webhook_url: url,
          events,
          account_id: account.id,
          ...(management === "admin"
            ? { subscription_scope: "account" }
            : { subscription_scope: "user", user_ids: [userId] }),
        },
        schema: Created,
        signal,
      });
    const wanted = SUBSCRIBED.filter((event) => mayHear(event, scopes));
    const made = await subscribe(wanted).catch((error: unknown) => {
      // One that this app may not hear makes Zoom refuse them all, without naming it.
      const recordings = wanted.filter((event) => event.startsWith("recording."));
      if (!isRefusal(error) || recordings.length === wanted.length) throw error;
      return subscribe(recordings);
    });
    return { id: made.event_subscription_id };
  } catch (error) {
    // The app was not given this: then it is done by hand.
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  const { status } = error as { status?: unknown };
  const refused = isHaloError(error, "vendor_failed") && typeof status === "number" && status < 500;
  return refused || isHaloError(error, "gate_closed");
}

/** Where nobody says what was granted, all are tried. */
function mayHear(event: string, scopes: ReadonlySet<string> | undefined): boolean {
  const wanted = event.startsWith("recording.") ? "cloud_recording:read:recording" : "meeting:read:meeting";
  return scopes === undefined || scopes.has(wanted) || scopes.has(`${wanted}:admin`);
}

export async function unregister(
  { http, id, signal }: EndpointScope & { readonly id: string },
  { appOrigin, client }: Pick<RegisterOptions, "appOrigin" | "client">,
): Promise<boolean> {
  const token = await appToken(http, { appOrigin, client, signal });
  await http.delete(paths.subscription(id), { token, absentOn: [404], signal });
  return true;
}
