import { startEmulator } from "./emulator-process.ts";

/** Zoom's part in this program: an account whose people meet customers. */
export interface ZoomAccount {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly secretToken: string;
  /** A recorded call with a guest who signed in; its transcript is made afterwards. */
  hold(topic: string, guest: { readonly name: string; readonly email: string }): Promise<string>;
  /** The transcript is ready: Zoom says so by webhook. */
  completeTranscript(uuid: string, vtt: string): Promise<void>;
  /** Where events go that the app subscribed to, with what the last ones were answered. */
  webhooks(): Promise<{ readonly subscribed: readonly string[]; readonly statuses: readonly number[] }>;
  close(): Promise<void>;
}

interface App {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly secretToken: string;
}

interface Webhooks {
  readonly subscriptions?: readonly { readonly targetUrl: string }[];
  readonly attempts: readonly { readonly status: number }[];
}

export async function startZoom({ seed }: { readonly seed: string }): Promise<ZoomAccount> {
  const { close, get, post, url } = await startEmulator("zoom", [
    "--seed",
    seed,
    "--meetings",
    "6",
    "--days",
    "20",
    "--latency",
    "40",
    "--contacts",
    "40",
    "--companies",
    "20",
  ]);
  const { clientId, clientSecret, secretToken } = await get<App>("app");
  const change = (name: string, ...args: unknown[]) => post<{ uuid: string }>(`change/${name}`, { args });
  return {
    url,
    clientId,
    clientSecret,
    secretToken,
    close,
    async hold(topic, guest) {
      // Guests who did not sign in have no address at Zoom; this one did, in one of a few calls.
      for (let call = 0; call < 20; call++) {
        const { uuid } = await change("hold", { topic, guests: [guest], transcript: "later" });
        const meeting = await get<{ participants: { email: string }[] }>(
          `snapshot?uuid=${encodeURIComponent(uuid)}`,
        );
        if (meeting.participants.some(({ email }) => email === guest.email)) return uuid;
      }
      throw new Error("The guest never signed in.");
    },
    completeTranscript: async (uuid, vtt) => void (await change("completeTranscript", uuid, vtt)),
    async webhooks() {
      const { attempts, subscriptions = [] } = await get<Webhooks>("webhooks");
      return {
        subscribed: subscriptions.map(({ targetUrl }) => targetUrl),
        statuses: attempts.map(({ status }) => status),
      };
    },
  };
}
