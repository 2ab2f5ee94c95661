import { serve } from "@halo/emulators/serve";
import { slackEmulator } from "@halo/emulators/slack";
import { type Arrival, aboutOf } from "./actions-sinks.ts";
import type { Deed } from "./actions-vendor.ts";

/** A team's workspace: notifications come there, and agents say something; some answers get lost. */
export interface SlackSide {
  readonly url: string;
  readonly token: string;
  /** Where agents post. */
  readonly agentChannels: readonly string[];
  /** Where notifications go: engagements into the first, the rest into the others. */
  readonly teamChannels: readonly string[];
  arrivals(): readonly Arrival[];
  /** What agents posted. */
  said(): readonly Deed[];
  lostAnswers(): number;
  close(): Promise<void>;
}

const scopes = ["chat:write", "channels:read", "channels:join", "channels:history", "users:read"];

export async function startSlackSide(seed: string): Promise<SlackSide> {
  const emulator = slackEmulator({
    seed,
    size: { people: 2, publicChannels: 1, privateChannels: 0, messages: 0 },
    latency: { medianMs: 8, sigma: 0.3 },
    // As at the vendor, but for how often one may look: kills come seconds apart, not days.
    limits: { history: 3_000, identity: 3_000, 3: 3_000 },
  });
  const { faults, ledger, workspace } = emulator;
  const channels = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => {
      const members = [workspace.botUserId];
      return workspace.createChannel({ name: `${name}-${at}`, members }).id;
    });
  const agentChannels = channels("agents", 4);
  const teamChannels = channels("team", 5);
  const each = (first: number, every: number) => ({
    kind: "chat.postMessage",
    nth: Array.from({ length: 500 }, (_, at) => first + at * every),
  });
  faults.add({ match: each(6, 20), effect: { type: "status", status: 500, executed: true } });
  faults.add({ match: each(11, 20), effect: { type: "reset", afterBytes: 0 } });
  faults.add({ match: each(17, 40), effect: { type: "status", status: 503 } });
  const served = await serve(emulator);
  const messages = (of: string) =>
    [...workspace.snapshot().conversations.values()]
      .flatMap((conversation) => [...conversation.messages.values()])
      .filter(({ metadata }) => metadata?.["event_type"] === of);
  return {
    url: served.url,
    token: emulator.issueBotToken({ scopes }),
    agentChannels,
    teamChannels,
    arrivals: () =>
      messages("halo_notification").map(({ blocks, metadata, text }) => {
        const { key = "" } = (metadata?.["event_payload"] ?? {}) as { readonly key?: string };
        return { sink: "slack", deliveryKey: key, about: aboutOf([text, blocks]), repeated: false };
      }),
    said: () =>
      messages("halo_action").map(({ text, ts }) => ({ key: aboutOf(text), type: "messages", id: ts })),
    lostAnswers: () =>
      ledger.count(
        ({ executed, faults, kind }) => executed && faults.length > 0 && kind === "chat.postMessage",
      ),
    async close() {
      emulator.close();
      await served.close();
    },
  };
}
