import type { Clock } from "../../clock.ts";
import { mixSeed, type Random, seededRandom } from "../../random.ts";
import { type Conversation, idOf, type Workspace } from "../workspace.ts";
import { createWorkspaceApi, newConversation, type WorkspaceApi } from "../workspace-api.ts";
import { seedPeople } from "./people.ts";
import { AWKWARD, CUSTOMERS, FACTS, PRIVATE_TALK, SLOTS, TALKS } from "./talk.ts";

export interface WorkspaceSize {
  readonly people: number;
  readonly publicChannels: number;
  readonly privateChannels: number;
  /** In all channels together, replies included; direct messages come on top. */
  readonly messages: number;
}

/** A fact that stands in exactly one message. */
export interface PlantedMessage {
  readonly question: string;
  readonly phrase: string;
  readonly channel: string;
  readonly ts: string;
}

export interface WorkspaceSeed {
  readonly seed: number;
  readonly number: number;
  readonly name: string;
  readonly clock: Clock;
  readonly appId: string;
  readonly botName: string;
  readonly size: WorkspaceSize;
  readonly until: number;
}

const DAY = 86_400_000;
const HISTORY_DAYS = 120;

const PUBLIC = [
  "general",
  "support",
  "customer-success",
  "sales",
  "releases",
  "feature-requests",
  "incidents",
  "legal",
];
const PRIVATE = ["leadership", "renewals", "billing-ops"];

/** A workspace as it might have grown: the same seed gives the same one to the byte. */
export function seedWorkspace(input: WorkspaceSeed): { workspace: Workspace; planted: PlantedMessage[] } {
  const seed = mixSeed(input.seed, 700);
  const random = seededRandom(seed);
  const domain = `${input.name.toLowerCase().replace(/\W+/g, "-")}-${seed % 1_000}`;
  const workspace: Workspace = {
    id: idOf("T", seed, 1),
    number: input.number,
    name: input.name,
    domain,
    emailDomain: `${domain}.example.com`,
    clock: input.clock,
    appId: input.appId,
    botUserId: idOf("U", seed, 951),
    botId: idOf("B", seed, 952),
    ownerId: idOf("U", seed, 0),
    users: new Map(),
    conversations: new Map(),
    install: undefined,
    serial: 0,
  };
  seedPeople(workspace, seed, random, {
    botName: input.botName,
    count: input.size.people,
    until: input.until,
  });
  const api = createWorkspaceApi(workspace, () => undefined);
  const channels = seedChannels(workspace, seed, random, input);
  seedTalk(api, channels, random, input);
  const planted = seedFacts(api, channels, random, input.until);
  seedDirects(api, seed, random, input.until);
  return { workspace, planted };
}

const people = (workspace: Workspace) =>
  [...workspace.users.values()].filter((user) => !user.isBot && !user.deleted && user.id !== "USLACKBOT");

function seedChannels(
  workspace: Workspace,
  seed: number,
  random: Random,
  { size, until }: WorkspaceSeed,
): Conversation[] {
  const staff = people(workspace).filter((user) => user.guest === "no");
  const guests = people(workspace).filter((user) => user.guest !== "no");
  const name = (names: readonly string[], at: number) =>
    names[at] ?? `${names[at % names.length]}-${Math.floor(at / names.length) + 1}`;
  const made: Conversation[] = [];
  const add = (kind: "public_channel" | "private_channel", at: number, channelName: string) => {
    const everyone = kind === "public_channel" && at === 0;
    const members = staff.filter(() => everyone || random.chance(kind === "public_channel" ? 0.6 : 0.25));
    const creator = members[0]?.id ?? workspace.ownerId;
    const conversation = newConversation(
      idOf("C", seed, made.length + 1),
      kind,
      until - HISTORY_DAYS * DAY - at * DAY,
      {
        name: channelName,
        creator,
        members: new Set([workspace.ownerId, creator, ...members.map((user) => user.id)]),
        topic: at % 2 === 0 ? `All about ${channelName}` : "",
        purpose: `Where we talk about ${channelName}.`,
        isGeneral: everyone,
      },
    );
    const guest = guests[at % Math.max(1, guests.length)];
    if (guest && channelName.startsWith("support")) conversation.members.add(guest.id);
    workspace.conversations.set(conversation.id, conversation);
    made.push(conversation);
  };
  for (let i = 0; i < size.publicChannels; i++) add("public_channel", i, name(PUBLIC, i));
  for (let i = 0; i < size.privateChannels; i++) add("private_channel", i, name(PRIVATE, i));
  // One more that is shut, and talks no longer.
  add("public_channel", size.publicChannels, "old-project");
  const shut = made.pop();
  if (shut) shut.archived = true;
  return made;
}

function seedTalk(
  api: WorkspaceApi,
  channels: readonly Conversation[],
  random: Random,
  { size, until }: WorkspaceSeed,
): void {
  if (channels.length === 0) return;
  const { workspace } = api;
  const start = until - HISTORY_DAYS * DAY;
  const step = (HISTORY_DAYS * DAY) / Math.max(1, size.messages);
  let written = 0;
  let awkward = 0;
  const author = (channel: Conversation) => random.pick([...channel.members]);
  while (written < size.messages) {
    const channel = random.pick(channels);
    // A little disorder of times, never two of one channel at the same microsecond.
    const at = start + written * step + random.int(0, 3_000_000);
    if (written % 23 === 11 && awkward < AWKWARD.length) {
      api.post({
        channel: channel.id,
        user: author(channel),
        text: AWKWARD[awkward++] ?? "",
        at: Math.min(at, until - 1),
      });
      written++;
      continue;
    }
    const talk = random.pick(TALKS);
    const fill = filler(workspace, random, channels);
    const opening = api.post({
      channel: channel.id,
      user: author(channel),
      text: fill(talk.opening),
      at: Math.min(at, until - 1),
    });
    written++;
    if (random.chance(0.06)) {
      const edited = Math.floor(Math.min(at + 600_000, until) / 1_000);
      opening.text += "\n_Edit: the date is fixed now._";
      opening.edited = { user: opening.user, ts: `${edited}.000000` };
    }
    if (random.chance(0.15)) opening.reactions.set("eyes", [author(channel)]);
    if (!random.chance(0.55)) continue;
    let later = at;
    for (const reply of talk.replies) {
      if (written >= size.messages) return;
      later += random.int(60_000, 5_000_000);
      const threadTs = opening.ts;
      api.post({
        channel: channel.id,
        user: author(channel),
        text: fill(reply),
        threadTs,
        at: Math.min(later, until - 1),
      });
      written++;
    }
    if (random.chance(0.1)) monitorSays(api, channel, random, Math.min(later + 60_000, until - 1));
  }
}

/** Another app's message: only blocks and a short text. */
function monitorSays(api: WorkspaceApi, channel: Conversation, random: Random, at: number): void {
  const bot = api.user("pagerbird");
  const text = `Check ${random.int(100, 999)} recovered after ${random.int(1, 40)} minutes`;
  const blocks = [{ type: "section", block_id: "b0", text: { type: "mrkdwn", text: `*${text}*` } }];
  api.post({ channel: channel.id, user: bot.id, text, blocks, subtype: "bot_message", at });
}

/** One customer a talk, so that its replies speak of the same one. */
function filler(
  workspace: Workspace,
  random: Random,
  channels: readonly Conversation[],
): (text: string) => string {
  const customer = random.pick(CUSTOMERS);
  const person = random.pick(people(workspace)).id;
  const channel = random.pick(channels).id;
  return (text) =>
    text.replace(/\{(\w+)\}/g, (_, slot: string) => {
      if (slot === "customer") return customer.replaceAll("&", "&amp;");
      if (slot === "person") return person;
      if (slot === "channel") return channel;
      return random.pick(SLOTS[slot] ?? [slot]);
    });
}

function seedFacts(
  api: WorkspaceApi,
  channels: readonly Conversation[],
  random: Random,
  until: number,
): PlantedMessage[] {
  const open = channels.filter((one) => one.kind === "public_channel");
  if (open.length === 0) return [];
  return FACTS.map(({ phrase, question, text }, at) => {
    const channel = open[(at + 1) % open.length] as Conversation;
    const user = random.pick([...channel.members]);
    const { ts } = api.post({ channel: channel.id, user, text, at: until - (at + 1) * DAY - 1_234 });
    return { question, phrase, channel: channel.id, ts };
  });
}

function seedDirects(api: WorkspaceApi, seed: number, random: Random, until: number): void {
  const { workspace } = api;
  const all = people(workspace).map((user) => user.id);
  if (all.length < 3) return;
  const talk = (conversation: Conversation) =>
    PRIVATE_TALK.forEach((text, at) => {
      const user = [...conversation.members][at % conversation.members.size] ?? "";
      api.post({
        channel: conversation.id,
        user,
        text,
        at: until - (at + 1) * 3_600_000 - random.int(0, 999_000),
      });
    });
  const direct = (kind: "im" | "mpim", ordinal: number, members: readonly string[]) => {
    const id = idOf(kind === "im" ? "D" : "G", seed, ordinal);
    const name =
      kind === "im" ? "" : `mpdm-${members.map((one) => workspace.users.get(one)?.name).join("--")}-1`;
    const made = newConversation(id, kind, until - 30 * DAY, {
      name,
      creator: members[0] ?? "",
      members: new Set(members),
    });
    workspace.conversations.set(made.id, made);
    talk(made);
  };
  direct("im", 801, all.slice(0, 2));
  direct("im", 802, all.slice(1, 3));
  direct("mpim", 803, all.slice(0, 3));
  // With the app itself: it may see that these exist, and must read none of them.
  direct("im", 804, [all[0] ?? "", workspace.botUserId]);
  direct("im", 805, [all[2] ?? "", workspace.botUserId]);
}
