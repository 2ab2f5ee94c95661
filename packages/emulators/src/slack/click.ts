import { renderMessage } from "./render.ts";
import { tsAt } from "./timestamps.ts";
import { findMessage, type Workspace } from "./workspace.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface Click {
  readonly channel: string;
  readonly ts: string;
  /** The `action_id` of the button; the first button unless told. */
  readonly actionId?: string;
  /** Who clicks. */
  readonly user: string;
}

/** The payload of `block_actions` for a button of a message (vendors/slack.md §5). */
export function clickPayload(workspace: Workspace, click: Click, appId: string): Fields {
  const conversation = workspace.conversations.get(click.channel);
  const message = conversation && findMessage(conversation, click.ts);
  if (!conversation || !message) throw new RangeError(`No message ${click.ts} in ${click.channel}.`);
  const user = workspace.users.get(click.user);
  if (!user) throw new RangeError(`No user ${click.user}.`);
  const buttons = (message.blocks ?? []).flatMap((block) =>
    [...((block.elements as Fields[] | undefined) ?? []), block.accessory as Fields]
      .filter((element) => element?.type === "button")
      .map((button) => ({ block_id: block.block_id, button })),
  );
  const found = buttons.find(
    ({ button }) => click.actionId === undefined || button.action_id === click.actionId,
  );
  if (!found) throw new RangeError(`The message has no button ${click.actionId ?? ""}.`);
  const { action_id, style, text, value } = found.button;
  const now = workspace.clock.now();
  const trigger = `${now}.${workspace.number}.${message.ts.replace(".", "")}`;
  return {
    type: "block_actions",
    user: { id: user.id, username: user.name, name: user.name, team_id: workspace.id },
    api_app_id: appId,
    token: "verification-token",
    container: { type: "message", message_ts: message.ts, channel_id: conversation.id, is_ephemeral: false },
    trigger_id: trigger,
    team: { id: workspace.id, domain: workspace.domain },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: conversation.id, name: conversation.name || "directmessage" },
    message: renderMessage(workspace, conversation, message),
    state: { values: {} },
    response_url: `https://hooks.slack.com/actions/${workspace.id}/${trigger}`,
    actions: [
      {
        type: "button",
        action_id,
        block_id: found.block_id,
        text,
        ...(value !== undefined && { value }),
        ...(style !== undefined && { style }),
        action_ts: tsAt(now),
      },
    ],
  };
}
