import { seededRandom } from "../random.ts";
import { type Conversation, isReply } from "./workspace.ts";
import type { WorkspaceApi } from "./workspace-api.ts";

/** So many changes in channels, drawn from the seed. */
export interface SlackMutation {
  readonly seed: number;
  readonly posts?: number;
  readonly replies?: number;
  readonly edits?: number;
  readonly deletions?: number;
  /** Only in these; every live channel unless told. Never in direct messages. */
  readonly channels?: readonly string[];
}

/** Which messages were touched, as `channel:ts`. */
export interface SlackMutationReport {
  readonly posted: readonly string[];
  readonly replied: readonly string[];
  readonly edited: readonly string[];
  readonly deleted: readonly string[];
}

const WORDS = "the customer asked about invoices again and wants an answer before the call on Friday".split(
  " ",
);

export function mutateWorkspace(api: WorkspaceApi, mutation: SlackMutation): SlackMutationReport {
  const random = seededRandom(mutation.seed);
  const { workspace } = api;
  const channels = [...workspace.conversations.values()].filter(
    (one) =>
      (one.kind === "public_channel" || one.kind === "private_channel") &&
      !one.archived &&
      (mutation.channels === undefined ||
        mutation.channels.includes(one.id) ||
        mutation.channels.includes(one.name)),
  );
  const report = {
    posted: [] as string[],
    replied: [] as string[],
    edited: [] as string[],
    deleted: [] as string[],
  };
  if (channels.length === 0) return report;
  const sentence = () => Array.from({ length: random.int(4, 12) }, () => random.pick(WORDS)).join(" ");
  const people = (channel: Conversation) =>
    [...channel.members].filter((id) => workspace.users.get(id)?.isBot === false);
  const times = (
    count: number | undefined,
    act: (channel: Conversation) => string | undefined,
    into: string[],
  ) => {
    for (let i = 0; i < (count ?? 0); i++) {
      const channel = random.pick(channels);
      const ts = act(channel);
      if (ts !== undefined) into.push(`${channel.id}:${ts}`);
    }
  };
  const written = (channel: Conversation) =>
    channel.messages.filter((one) => one.subtype === undefined && one.botId === undefined);
  times(
    mutation.posts,
    (channel) => {
      const authors = people(channel);
      if (authors.length === 0) return undefined;
      return api.post({ channel: channel.id, user: random.pick(authors), text: sentence() }).ts;
    },
    report.posted,
  );
  times(
    mutation.replies,
    (channel) => {
      const parents = written(channel).filter((one) => !isReply(one));
      const authors = people(channel);
      if (parents.length === 0 || authors.length === 0) return undefined;
      const threadTs = random.pick(parents).ts;
      return api.post({ channel: channel.id, user: random.pick(authors), text: sentence(), threadTs }).ts;
    },
    report.replied,
  );
  times(
    mutation.edits,
    (channel) => {
      const messages = written(channel);
      if (messages.length === 0) return undefined;
      const { ts } = random.pick(messages);
      api.edit(channel.id, ts, sentence());
      return ts;
    },
    report.edited,
  );
  times(
    mutation.deletions,
    (channel) => {
      const messages = written(channel);
      if (messages.length === 0) return undefined;
      const { ts } = random.pick(messages);
      api.remove(channel.id, ts);
      return ts;
    },
    report.deleted,
  );
  return report;
}
