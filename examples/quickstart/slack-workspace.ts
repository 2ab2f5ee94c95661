import { startEmulator } from "./emulator-process.ts";

/** Slack's part in this program: a workspace with people who talk. */
export interface SlackWorkspace {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signingSecret: string;
  readonly botUserId: string;
  channelId(name: string): string;
  /** Saves the address for events, as an admin does in the app's settings: Slack asks it to prove itself at once. */
  subscribe(targetUrl: string): Promise<boolean>;
  /** The message of a channel that shows a proposal and can still be decided. */
  cardOf(channel: string, approvalId: string): Promise<string | undefined>;
  /** Somebody who is in the channel presses a button of a message. */
  click(channel: string, ts: string, actionId: string): Promise<void>;
  /** Somebody invites the app into a channel. */
  invite(channel: string): Promise<void>;
  /** Somebody who is in the channel says something. */
  say(channel: string, text: string): Promise<{ readonly ts: string }>;
  messages(channel: string): Promise<readonly SlackMessage[]>;
  /** Requests so far that read or listed direct messages. */
  directMessagesRead(): Promise<number>;
  /** What stands in a channel since then, as a person reads it. */
  transcript(channel: string, since: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface SlackMessage {
  readonly ts: string;
  readonly user: string;
  readonly subtype?: string;
  readonly threadTs?: string;
  readonly blocks: readonly unknown[];
  readonly metadata?: { readonly event_type: string };
}

interface App {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signingSecret: string;
  readonly botUserId: string;
  readonly channels: readonly { readonly id: string; readonly name: string }[];
}

export async function startSlack({ seed }: { readonly seed: string }): Promise<SlackWorkspace> {
  const { close, get, post, read, url } = await startEmulator("slack", [
    "--seed",
    seed,
    "--messages",
    "200",
    "--rotation",
  ]);
  const { channels, ...app } = await get<App>("app");
  const snapshot = async (channel: string) => {
    const [one] = await get<{ members: string[]; messages: SlackMessage[] }[]>(`snapshot/${channel}`);
    return one ?? { members: [], messages: [] };
  };
  return {
    url,
    ...app,
    close,
    channelId(name) {
      const found = channels.find((one) => one.name === name);
      if (!found) throw new Error(`The workspace has no channel ${name}.`);
      return found.id;
    },
    async subscribe(targetUrl) {
      const { ok } = await post<{ ok: boolean }>("webhooks/handshake", { targetUrl });
      const interactivityUrl = targetUrl.replace(/\/webhook(?:\/.*)?$/, "/interactivity");
      await post("webhooks", { targetUrl, interactivityUrl });
      return ok;
    },
    invite: async (channel) => void (await post("change/join", { args: [channel, app.botUserId] })),
    async say(channel, text) {
      const user = (await snapshot(channel)).members.find((id) => id !== app.botUserId);
      return await post("change/post", { args: [{ channel, user, text }] });
    },
    async cardOf(channel, approvalId) {
      const { messages } = await snapshot(channel);
      return messages.find(({ blocks }) => JSON.stringify(blocks ?? []).includes(`"${approvalId}/`))?.ts;
    },
    async click(channel, ts, actionId) {
      const user = (await snapshot(channel)).members.find((id) => id !== app.botUserId);
      await post("click", { channel, ts, actionId, user });
    },
    messages: async (channel) => (await snapshot(channel)).messages,
    async directMessagesRead() {
      const counts = ["im", "mpim"].map((kind) =>
        get<{ count: number }>(`ledger?summary&objectType=${kind}`),
      );
      return (await Promise.all(counts)).reduce((sum, { count }) => sum + count, 0);
    },
    async transcript(channel, since) {
      const text = await (await read(`transcript?channel=${channel}&since=${since}`)).text();
      return text.trimEnd().split("\n");
    },
  };
}
