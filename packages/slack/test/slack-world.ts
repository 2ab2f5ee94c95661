import { createHalo, type HaloOptions, type IntegrationDefinition } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { fakeClock, loadLate, workFor } from "@halo/core/testing";
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
    // What the vendor sends arrives at Halo's receiver, as its handler would hand it over.
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      const call = {
        integration: "slack",
        method: request.method,
        pathAndQuery: pathname,
        headers: request.headers,
        body: new Uint8Array(await request.arrayBuffer()),
      };
      try {
        if (request.url === CLICKS) {
          await halo.clicks.receive(call);
          received.push(200);
          return new Response("");
        }
        const { reply } = await halo.deliveries.receive(call);
        received.push(200);
        return new Response(reply?.body ?? "", {
          headers: { "content-type": reply?.contentType ?? "text/plain" },
        });
      } catch {
        received.push(401);
        return new Response(null, { status: 401 });
      }
    },
    ...settings,
  });
  const { clientId, clientSecret, signingSecret, workspace } = emulator;
  const options: HaloOptions = {
    storage: memoryStorage({ clock }),
    integrations: [
      slack({
        clientId,
        clientSecret,
        signingSecrets: [signingSecret],
        distribution: settings.distribution ?? "internal",
        ...given,
      }),
      ...others,
    ],
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
    /** Through Slack's consent page and back. */
    async connect() {
      const session = "browser";
      const { url } = await halo.connections.begin({
        orgId,
        integration: "slack",
        session,
        redirectUri: REDIRECT,
      });
      const page = await clock.run(emulator.fetch(new Request(url)));
      const back = new URL(page.headers.get("location") ?? "");
      const completed = halo.connections.complete({
        integration: "slack",
        session,
        redirectUri: REDIRECT,
        parameters: back.searchParams,
      });
      const { connection } = await clock.run(completed);
      return connection;
    },
    async connectWithToken(granted: readonly string[] = ALL_SCOPES) {
      const key = emulator.issueBotToken({ scopes: granted });
      return await clock.run(halo.connections.connectWithKey({ orgId, integration: "slack", key }));
    },
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
