import { createHalo, type HaloOptions, type IntegrationDefinition } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import {
  connectByConsent,
  fakeClock,
  heldSchedule,
  loadLate,
  receivingFetch,
  workFor,
} from "@halo/core/testing";
import { type SlackEmulatorOptions, slackEmulator } from "@halo/emulators/slack";
import { scopes } from "../src/auth.ts";
import { type SlackOptions, slack } from "../src/index.ts";

export const orgId = "acme";
export const ALL_SCOPES = scopes.map(({ scope }) => scope);
const REDIRECT = "https://app.example.com/api/integrations/slack/callback";
const EVENTS = "https://app.example.com/api/integrations/slack/webhook";
const CLICKS = "https://app.example.com/api/integrations/slack/interactivity";

await loadLate();

/** A Halo and a workspace, joined by real HTTP through the emulator's handler and signed deliveries. */
export async function slackWorld({
  emulator: settings = {},
  slack: given = {},
  halo: more = {},
  others = [],
  elsewhere = () => undefined,
}: {
  emulator?: Partial<SlackEmulatorOptions>;
  slack?: Partial<SlackOptions>;
  halo?: Partial<HaloOptions>;
  /** Integrations beside Slack, and how they are reached. */
  others?: readonly IntegrationDefinition[];
  elsewhere?: (request: Request) => Response | undefined;
} = {}) {
  const clock = fakeClock(Date.UTC(2026, 10, 21, 9));
  const received: number[] = [];
  const emulator = slackEmulator({
    seed: 7,
    clock,
    limits: "none",
    fetch: receivingFetch(
      "slack",
      () => halo,
      received,
      (url, call) => (url === CLICKS ? halo.clicks.receive(call) : undefined),
    ),
    ...settings,
  });
  const { clientId, clientSecret, signingSecret, workspace } = emulator;
  const { begin, integration } = heldSchedule(
    slack({
      clientId,
      clientSecret,
      signingSecrets: [signingSecret],
      distribution: settings.distribution ?? "internal",
      ...given,
    }),
    clock,
  );
  const options: HaloOptions = {
    storage: memoryStorage({ clock }),
    integrations: [integration, ...others],
    publicUrl: "https://app.example.com",
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      return elsewhere(request) ?? (await emulator.fetch(request));
    },
    ...more,
  };
  const halo = await createHalo(options);
  emulator.webhooks.subscribe({ targetUrl: EVENTS, interactivityUrl: CLICKS });

  const world = {
    clock,
    emulator,
    halo,
    options,
    received,
    workspace,
    connect: () =>
      connectByConsent({ clock, emulator, halo }, { orgId, integration: "slack", redirectUri: REDIRECT }),
    async connectWithToken(granted: readonly string[] = ALL_SCOPES) {
      const key = emulator.issueBotToken({ scopes: granted });
      return await clock.run(halo.connections.connectWithKey({ orgId, integration: "slack", key }));
    },
    /** The hourly schedule is due for whoever starts to work now, and not otherwise. */
    begin,
    /** A worker for so long, and whatever Slack has to tell meanwhile. */
    work: (ms: number) => workFor(halo, clock, ms, () => emulator.webhooks.flush()),
    /** A channel with the app and two people in it, mapped to an agent. */
    channel(name: string, { private: isPrivate = false } = {}) {
      const channel = workspace.createChannel({ name, private: isPrivate, members: [person.id] });
      workspace.join(channel.id, workspace.botUserId);
      return channel;
    },
    async map(
      channel: string,
      connectionId: string,
      kind: "customer_facing" | "internal" = "customer_facing",
    ) {
      const agentId = `agent-${kind}`;
      await halo.agents.upsert({ orgId, id: agentId, name: "Ada", kind });
      await halo.agents.mapChannel({ orgId, connectionId, channel, agentId });
    },
    /** What staff find, without the titles. */
    find: async (query: string) => {
      const hits = await halo.knowledge.search({ orgId, query, scope: { kind: "staff" }, prefix: "slack:" });
      return hits.map(({ text }) => text.slice(text.indexOf("\n") + 1).trim());
    },
    calls: (method: string) => emulator.ledger.count({ kind: method }),
  };
  const person = workspace.addUser({ name: "grace", realName: "Grace Hopper" });
  return { ...world, person };
}
