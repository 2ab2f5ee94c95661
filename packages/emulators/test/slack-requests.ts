import { manualClock, type SlackEmulator, type SlackEmulatorOptions, slackEmulator } from "../src/index.ts";

export const ALL_SLACK_SCOPES = [
  ...["channels", "groups", "im", "mpim"].flatMap((kind) => [`${kind}:read`, `${kind}:history`]),
  ..."app_mentions:read channels:join chat:write im:write mpim:write reactions:read reactions:write".split(
    " ",
  ),
  ..."team:read users:read users:read.email".split(" "),
];

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely in tests
export type SlackAnswer = { status: number; headers: Headers; body: any };

/** An emulator with a clock that stands still and a way to call its methods. */
export function setUpSlack(options: SlackEmulatorOptions = {}, scopes: readonly string[] = ALL_SLACK_SCOPES) {
  const clock = manualClock();
  const emulator = slackEmulator({ seed: 5, clock, limits: "none", ...options });
  const token = emulator.issueBotToken({ scopes });
  return { clock, emulator, token, ask: slackAsker(emulator, token), channel: channelOf(emulator) };
}

export function slackAsker(emulator: SlackEmulator, token: string) {
  return async (method: string, args: Readonly<Record<string, unknown>> = {}): Promise<SlackAnswer> => {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(args)) {
      body.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
    }
    const request = new Request(`https://slack.com/api/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body,
    });
    const answer = await emulator.fetch(request);
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
}

/** Ids by name: of channels, and of the kinds of direct messages. */
export function channelOf(emulator: SlackEmulator) {
  return (name: string): string => emulator.workspace.conversation(name).id;
}
