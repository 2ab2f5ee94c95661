import { createVendorHttp, fixedAuthorization, silentLogger, systemClock } from "@halo/core";
import { streamContract } from "@halo/core/testing";
import { slackEmulator } from "@halo/emulators/slack";
import { describe } from "vitest";
import { API_ORIGIN, http, type SlackDistribution } from "../src/http.ts";
import { references } from "../src/references.ts";
import { threads } from "../src/streams/threads.ts";
import { ALL_SCOPES } from "./slack-world.ts";

const CHANNELS = ["support", "sales"];

/** A workspace in which the app is in two channels, of a few pages each. */
async function underTest(distribution: SlackDistribution, pages: "full" | "short") {
  const emulator = slackEmulator({
    seed: 11,
    limits: "none",
    distribution,
    behaviour: { pages },
    size: { people: 12, publicChannels: 4, privateChannels: 0, messages: 160 },
  });
  const { workspace } = emulator;
  const mapped = CHANNELS.map((name) => workspace.conversation(name).id);
  for (const channel of mapped) workspace.join(channel, workspace.botUserId);
  const client = createVendorHttp({
    // The vendor's pace is another test's.
    definition: { ...http(API_ORIGIN, distribution), budgets: [] },
    authorization: fixedAuthorization(emulator.issueBotToken({ scopes: ALL_SCOPES })),
    clock: systemClock,
    logger: silentLogger,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
  });
  const signal = new AbortController().signal;
  const { refs } = await references({ http: client, scopes: undefined, signal });
  const mappedAt = new Date(0);
  return {
    http: client,
    refs,
    channels: mapped.map((channel) => ({
      channel,
      agentId: "support",
      agentKind: "customer_facing" as const,
      mappedAt,
    })),
    unknownKey: `${mapped[0]}:1000000000.000100`,
    now: () => new Date(),
    keys: () =>
      mapped.flatMap((channel) =>
        [...(emulator.snapshot().conversations.get(channel)?.messages.values() ?? [])]
          .filter(({ subtype, threadTs, ts }) => subtype !== "channel_join" && (!threadTs || threadTs === ts))
          .map(({ ts }) => `${channel}:${ts}`),
      ),
    change: () =>
      mapped.flatMap((channel) => {
        const user = workspace.workspace.ownerId;
        const { ts } = workspace.post({ channel, user, text: "And another thing" });
        const { ts: asked } = workspace.post({ channel, user, text: "Who knows?" });
        workspace.post({ channel, user, text: "Everybody", threadTs: asked });
        return [`${channel}:${ts}`, `${channel}:${asked}`];
      }),
    close: () => emulator.close(),
  };
}

describe.each([
  ["internal", "full"],
  ["internal", "short"],
  ["unlisted", "full"],
] as const)("for an app that is %s, with %s pages", (distribution, pages) => {
  streamContract(threads(distribution), () => underTest(distribution, pages));
});
