import { changeRoom, controlOf, type Room, webhookRoom } from "../control.ts";
import { isoTime } from "./render.ts";
import type { ZoomSubscriptionOptions } from "./webhooks.ts";
import type { ZoomAccountHandle, ZoomEmulator } from "./zoom-emulator.ts";

const CHANGES = [
  "hold",
  "completeTranscript",
  "editTranscript",
  "rename",
  "trashRecording",
  "recoverRecording",
  "deleteRecording",
  "expireDownloads",
  "killDownloads",
  "addUser",
  "deactivateUser",
  "deleteUser",
  "deauthorize",
] as const;

const ROOMS: Readonly<Record<string, Room<ZoomEmulator, ZoomAccountHandle>>> = {
  "GET meetings": ({ account }) =>
    [...account.snapshot().meetings.values()].map(({ durationMs, participants, startMs, vtt, ...one }) => ({
      ...one,
      start: isoTime(startMs),
      minutes: Math.round(durationMs / 60_000),
      participants: participants.length,
      transcriptBytes: vtt?.length ?? 0,
    })),
  "GET snapshot": ({ account, query }) => {
    const { accountId, meetings, users } = account.snapshot();
    const uuid = query.get("uuid");
    if (uuid === null) return { accountId, users: [...users.values()], meetings: [...meetings.values()] };
    const meeting = meetings.get(uuid);
    if (!meeting) throw new RangeError(`no meeting ${uuid}`);
    return meeting;
  },
  "GET planted": ({ account }) => account.planted,
  "GET awkward": ({ account }) => Object.fromEntries(account.awkward),
  "GET theoretical": ({ account, query }) =>
    account.theoretical(query.has("from") ? { from: Date.parse(query.get("from") ?? "") } : {}),
  "POST change": changeRoom<ZoomAccountHandle>(CHANGES, (made) => {
    const { id, uuid } = (made ?? {}) as { id?: string | number; uuid?: string };
    return { id: id ?? null, uuid: uuid ?? null };
  }),
  "POST keys": ({ account, body }) => ({ key: account.issueAccessToken(body) }),
  "POST uninstall": ({ account, body }) =>
    account.deauthorize(typeof body.user === "string" ? body.user : undefined),
  "POST webhooks": webhookRoom<ZoomEmulator, ZoomAccountHandle>(
    ({ body, emulator }) => ({
      id: emulator.webhooks.subscribe(body as unknown as ZoomSubscriptionOptions).id,
    }),
    {
      validate: async ({ body, emulator }) => ({
        ok: await emulator.webhooks.validate(String(body.targetUrl)),
      }),
      revalidate: ({ emulator }) => emulator.webhooks.revalidate(),
    },
  ),
};

/** What a program in another process may do to a served emulator, under `/_emulator/`. All bodies are JSON. */
export const controlEmulator = controlOf<ZoomEmulator, ZoomAccountHandle>({
  about: ({ account, emulator }) => ({
    clientSecret: emulator.clientSecret,
    secretToken: emulator.secretToken,
    appId: emulator.appId,
    scopes: emulator.scopes,
    accountId: account.id,
    accounts: [...emulator.accounts.keys()],
    ownerId: account.ownerId,
    users: [...account.account.users.values()].map(({ email, id, status }) => ({ id, email, status })),
  }),
  accountOf: (emulator, asked) => emulator.accounts.get(asked("accountId") ?? emulator.account.id),
  rooms: ROOMS,
});
