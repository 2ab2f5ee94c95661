import { changeRoom, controlOf, type Room, webhookRoom } from "../control.ts";
import type { Click } from "./click.ts";
import type { SlackEmulator, WorkspaceHandle } from "./slack-emulator.ts";
import type { SlackSubscriptionOptions } from "./webhooks.ts";

const CHANGES = [
  "post",
  "edit",
  "unfurl",
  "remove",
  "react",
  "createChannel",
  "openDirect",
  "join",
  "leave",
  "rename",
  "archive",
  "unarchive",
  "deleteChannel",
  "setPosting",
  "addUser",
  "updateUser",
] as const;

const ROOMS: Readonly<Record<string, Room<SlackEmulator, WorkspaceHandle>>> = {
  "GET snapshot": ({ account, part }) => {
    const { conversations, users } = account.snapshot();
    if (part === "users") return [...users.values()];
    const found = conversations.get(part);
    if (part !== "" && !found) throw new RangeError(`no conversation ${part}`);
    const listed = found ? [found] : [...conversations.values()];
    return listed.map((one) => ({ ...one, messages: [...one.messages.values()] }));
  },
  "GET transcript": ({ account, query }) => {
    const channel = query.get("channel") ?? undefined;
    const since = Number(query.get("since") ?? 0);
    const lines = account.transcript({ ...(channel && { channel }), since, onlyApp: query.has("onlyApp") });
    return new Response(`${lines.join("\n")}\n`, { headers: { "content-type": "text/plain;charset=utf-8" } });
  },
  "GET planted": ({ account }) => account.planted,
  "POST change": changeRoom<WorkspaceHandle>(CHANGES, (made) => {
    const { id, ts } = (made ?? {}) as { id?: string; ts?: string };
    return { id: id ?? null, ts: ts ?? null };
  }),
  "POST click": async ({ account, body }) => {
    const { at, reason, status } = await account.clickButton(body as unknown as Click);
    return { at, status, reason: reason ?? null };
  },
  "POST keys": ({ account, body }) => ({
    key: account.issueBotToken({ scopes: (body.scopes as string[]) ?? [] }),
  }),
  "POST uninstall": ({ account }) => account.uninstall(),
  "POST webhooks": webhookRoom(
    ({ body, emulator }) => ({
      id: emulator.webhooks.subscribe(body as unknown as SlackSubscriptionOptions).id,
    }),
    {
      handshake: async ({ body, emulator }) => ({
        ok: await emulator.webhooks.handshake(String(body.targetUrl)),
      }),
    },
  ),
};

/** What a program in another process may do to a served emulator, under `/_emulator/`. */
export const controlEmulator = controlOf<SlackEmulator, WorkspaceHandle>({
  about: ({ account, emulator }) => ({
    clientSecret: emulator.clientSecret,
    signingSecret: emulator.signingSecret,
    appId: emulator.appId,
    teamId: account.id,
    teams: [...emulator.workspaces.keys()],
    botUserId: account.botUserId,
    channels: [...account.workspace.conversations.values()].map(({ id, kind, name }) => ({ id, kind, name })),
  }),
  accountOf: (emulator, asked) => {
    const id = asked("team") ?? asked("teamId");
    return id === undefined ? emulator.workspace : emulator.workspaces.get(id);
  },
  rooms: ROOMS,
});
