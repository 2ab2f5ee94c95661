import { type Click, type InteractivityDefinition, isHaloError } from "@halo/core";
import * as z from "zod";
import { APPROVE, proposalIn, REJECT } from "./approval-card.ts";
import { escapedWithin } from "./escape.ts";
import { path } from "./http.ts";
import { reasonOf } from "./references.ts";
import type { SlackEvent } from "./webhooks/event.ts";
import { receiveSlackWebhook } from "./webhooks/receive.ts";

const KINDS: { readonly [actionId: string]: Click["kind"] } = { [APPROVE]: "approve", [REJECT]: "reject" };
const TEXT = 3_000;

const UserInfo = z.object({
  user: z.object({
    team_id: z.string().nullish(),
    deleted: z.boolean().nullish(),
    is_bot: z.boolean().nullish(),
    is_restricted: z.boolean().nullish(),
    is_ultra_restricted: z.boolean().nullish(),
    is_stranger: z.boolean().nullish(),
    real_name: z.string().nullish(),
    profile: z.object({ email: z.string().nullish(), real_name: z.string().nullish() }).nullish(),
  }),
});

type User = z.infer<typeof UserInfo>["user"];

const Place = z.object({ channel: z.string(), team: z.string() });

/** Buttons under approval cards; `secrets` are the app's signing secrets. */
export const interactivity = (secrets: readonly string[]): InteractivityDefinition => ({
  secrets,
  receive: (delivery) => receiveSlackWebhook(delivery).flatMap(clicksOf),
  async whois({ click, http, signal }) {
    try {
      const query = { user: click.user };
      const { user } = await http.get(path("users.info"), { query, schema: UserInfo, signal });
      return {
        email: user.profile?.email ?? undefined,
        name: user.profile?.real_name ?? user.real_name ?? undefined,
        outside: isOutside(user, click.account),
      };
    } catch (error) {
      // Without the scope, or of another workspace: nobody that we could name.
      if (isHaloError(error, "gate_closed") || reasonOf(error)?.startsWith("user_not_")) return undefined;
      throw error;
    }
  },
  async whisper({ click, http, signal, text }) {
    const { channel } = Place.parse(click.place);
    const json = { channel, user: click.user, text: escapedWithin(text, TEXT), link_names: false };
    await http.post(path("chat.postEphemeral"), { json, signal });
  },
});

/** Slack Connect brings people of other workspaces; guests are customers, mostly. */
const isOutside = (user: User, team: string) =>
  user.team_id !== team ||
  [user.deleted, user.is_bot, user.is_restricted, user.is_ultra_restricted, user.is_stranger].includes(true);

/** What of a click is about a proposal of ours; a click on anything else is nobody's business here. */
function clicksOf(event: SlackEvent): readonly Click[] {
  if (event.type !== "block_actions") return [];
  const { actions, channel, team, user } = event;
  // Somebody of another workspace, in a shared channel, sees the card too.
  if (!team || !channel || (user.team_id && user.team_id !== team.id)) return [];
  return actions.flatMap(({ action_id, value }): Click[] => {
    const kind = Object.hasOwn(KINDS, action_id) ? KINDS[action_id] : undefined;
    const named = proposalIn(value);
    if (!kind || !named) return [];
    return [
      { ...named, kind, account: team.id, user: user.id, place: { channel: channel.id, team: team.id } },
    ];
  });
}
