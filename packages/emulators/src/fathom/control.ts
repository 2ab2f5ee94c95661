import { changeRoom, controlOf, type Room, webhookRoom } from "../control.ts";
import type { FathomEmulator, FathomOrganisation } from "./fathom-emulator.ts";
import { isoTime } from "./render.ts";
import { FATHOM_TRIGGERS, type FathomWebhook } from "./webhooks.ts";

const CHANGES = [
  "record",
  "finish",
  "finishTranscript",
  "rename",
  "editSummary",
  "share",
  "shareWith",
  "deleteMeeting",
  "addUser",
  "deactivateUser",
] as const;

const ROOMS: Readonly<Record<string, Room<FathomEmulator, FathomOrganisation>>> = {
  "GET meetings": ({ account }) =>
    [...account.snapshot().meetings.values()].map((one) => ({
      recordingId: one.recordingId,
      title: one.title,
      createdAt: isoTime(one.createdAt),
      recordedBy: one.recordedBy.email,
      sharedWith: one.sharedWith,
      turns: one.transcript?.length ?? 0,
      summary: one.summary !== undefined,
    })),
  "GET snapshot": ({ account, part }) => {
    const { meetings, users } = account.snapshot();
    if (part === "") return { users: [...users.values()], meetings: [...meetings.values()] };
    const meeting = meetings.get(Number(part));
    if (!meeting) throw new RangeError(`no recording ${part}`);
    return meeting;
  },
  "GET planted": ({ account }) => account.planted,
  "GET awkward": ({ account }) => Object.fromEntries(account.awkward),
  "GET theoretical": ({ account, query }) => account.theoretical({ inline: !query.has("separate") }),
  "POST change": changeRoom<FathomOrganisation>(CHANGES, (made) => ({
    recordingId: (made as { recordingId?: number } | undefined)?.recordingId ?? null,
  })),
  "POST keys": ({ account, body }) => ({ key: account.issueKey(body) }),
  "POST uninstall": ({ account, body }) =>
    account.deauthorize(typeof body.email === "string" ? body.email : undefined),
  "POST webhooks": webhookRoom<FathomEmulator, FathomOrganisation>(({ account, body, emulator }) => {
    const everything = { transcript: true, summary: true, actionItems: true, crmMatches: false };
    const { id, secret } = emulator.webhooks.create({
      account: account.number,
      email: account.ownerEmail,
      triggeredFor: FATHOM_TRIGGERS,
      ...everything,
      ...(body as unknown as Pick<FathomWebhook, "url">),
    });
    return { id, secret };
  }),
};

/** What a program in another process may do to a served emulator, under `/_emulator/`. All bodies are JSON. */
export const controlEmulator = controlOf<FathomEmulator, FathomOrganisation>({
  about: ({ account, emulator }) => ({
    clientSecret: emulator.clientSecret,
    account: account.number,
    ownerEmail: account.ownerEmail,
    users: [...account.account.users.values()].map(({ active, email, team }) => ({
      email,
      team: team ?? null,
      active,
    })),
  }),
  accountOf: (emulator, asked) => emulator.accounts.get(Number(asked("account") ?? 1)),
  rooms: ROOMS,
});
