import type { Reply } from "../../reply.ts";
import type { Call } from "../call.ts";
import {
  addReaction,
  deleteMessage,
  getPermalink,
  postEphemeral,
  postMessage,
  updateMessage,
} from "./chat.ts";
import {
  conversationsInfo,
  conversationsJoin,
  conversationsList,
  conversationsMembers,
  conversationsOpen,
  usersConversations,
} from "./conversations.ts";
import { conversationsHistory, conversationsReplies } from "./history.ts";
import { authTest, botsInfo, teamInfo } from "./identity.ts";
import { usersInfo, usersList, usersLookupByEmail } from "./users.ts";

/** Requests a minute: the vendor's four, and the ones that its pages call special. */
export type Tier = 1 | 2 | 3 | 4 | "history" | "identity" | "posting" | "oauth" | "special";

export interface Method {
  readonly tier: Tier;
  /** One of them is needed before anything else is looked at; none for none. */
  readonly scopes: readonly string[];
  /** Writes take JSON bodies as well as forms. */
  readonly takesJson: boolean;
  readonly handle: (call: Call) => Reply;
}

const READ = ["channels:read", "groups:read", "mpim:read", "im:read"];
const HISTORY = ["channels:history", "groups:history", "mpim:history", "im:history"];

const read = (tier: Tier, scopes: readonly string[], handle: Method["handle"]): Method => ({
  tier,
  scopes,
  takesJson: false,
  handle,
});
const write = (tier: Tier, scopes: readonly string[], handle: Method["handle"]): Method => ({
  tier,
  scopes,
  takesJson: true,
  handle,
});

/**
 * Every method that needs a token. Scopes and tiers: vendors/slack.md §1, §2 and §5, and the OpenAPI.
 * guess: the tiers of conversations.open, reactions.add, chat.delete and bots.info.
 */
export const METHODS: Readonly<Record<string, Method>> = {
  "auth.test": write("identity", [], authTest),
  "team.info": read(3, ["team:read"], teamInfo),
  "bots.info": read(3, ["users:read"], botsInfo),
  "conversations.list": read(2, READ, conversationsList),
  "conversations.info": read(3, READ, conversationsInfo),
  "conversations.members": read(4, READ, conversationsMembers),
  "conversations.history": read("history", HISTORY, conversationsHistory),
  "conversations.replies": read("history", HISTORY, conversationsReplies),
  "conversations.join": write(3, ["channels:join"], conversationsJoin),
  "conversations.open": write(3, ["im:write", "mpim:write"], conversationsOpen),
  "users.conversations": read(3, READ, usersConversations),
  "users.list": read(2, ["users:read"], usersList),
  "users.info": read(4, ["users:read"], usersInfo),
  "users.lookupByEmail": read(3, ["users:read.email"], usersLookupByEmail),
  "chat.postMessage": write("posting", ["chat:write"], postMessage),
  "chat.postEphemeral": write(4, ["chat:write"], postEphemeral),
  "chat.update": write(3, ["chat:write"], updateMessage),
  "chat.delete": write(3, ["chat:write"], deleteMessage),
  "chat.getPermalink": read("special", [], getPermalink),
  "reactions.add": write(3, ["reactions:write"], addReaction),
};
