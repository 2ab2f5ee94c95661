import type { Conversation, ConversationKind, SlackUser, Workspace } from "./workspace.ts";

export interface SnapshotMessage {
  readonly ts: string;
  readonly user: string;
  readonly subtype: string | undefined;
  readonly text: string;
  readonly threadTs: string | undefined;
  readonly editedTs: string | undefined;
  readonly botId: string | undefined;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

export interface SnapshotConversation {
  readonly id: string;
  readonly kind: ConversationKind;
  readonly name: string;
  readonly archived: boolean;
  readonly members: readonly string[];
  /** By ts, in their order, replies among them. */
  readonly messages: ReadonlyMap<string, SnapshotMessage>;
}

/** What a workspace holds at this moment: the truth that a mirror of it is compared with. */
export interface WorkspaceSnapshot {
  readonly teamId: string;
  readonly users: ReadonlyMap<string, Readonly<SlackUser>>;
  readonly conversations: ReadonlyMap<string, SnapshotConversation>;
}

export function snapshotWorkspace(workspace: Workspace): WorkspaceSnapshot {
  return {
    teamId: workspace.id,
    users: new Map([...workspace.users].map(([id, user]) => [id, { ...user }])),
    conversations: new Map([...workspace.conversations].map(([id, one]) => [id, snapshotConversation(one)])),
  };
}

function snapshotConversation(conversation: Conversation): SnapshotConversation {
  const { archived, id, kind, members, messages, name } = conversation;
  return {
    id,
    kind,
    name,
    archived,
    members: [...members],
    messages: new Map(
      messages.map((one) => [
        one.ts,
        {
          ts: one.ts,
          user: one.user,
          subtype: one.subtype,
          text: one.text,
          threadTs: one.threadTs,
          editedTs: one.edited?.ts,
          botId: one.botId,
          blocks: one.blocks ?? [],
          metadata: one.metadata,
        },
      ]),
    ),
  };
}
