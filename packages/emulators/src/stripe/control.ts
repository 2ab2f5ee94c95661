import { changeRoom, controlOf, type Room, webhookRoom } from "../control.ts";
import { KINDS, type Kind } from "./book/book.ts";
import { MERCHANT_CHANGES } from "./merchant.ts";
import type { Mode, StripeAccountHandle, StripeEmulator, StripeSubscribeOptions } from "./stripe-emulator.ts";

type StripeRoom = Room<StripeEmulator, StripeAccountHandle>;

const modeOf = (value: unknown): { mode?: Mode } =>
  value === "test" || value === "live" ? { mode: value } : {};

const ROOMS: Readonly<Record<string, StripeRoom>> = {
  "GET digest": ({ account, query }) => account.digest(modeOf(query.get("mode")).mode),
  "GET snapshot": ({ account, part, query }) => {
    const kind = KINDS.find((one) => one === part);
    if (!kind) throw new RangeError(`snapshot must be of one of ${KINDS.join(", ")}`);
    return [...account.snapshot({ kinds: [kind], ...modeOf(query.get("mode")) }).objects[kind].values()];
  },
  "GET theoretical": ({ account }) => account.theoretical(),
  "POST theoretical": ({ account, body }) =>
    account.theoretical({
      ...modeOf(body.mode),
      ...(body.kinds !== undefined && { kinds: body.kinds as Kind[] }),
    }),
  "POST change": changeRoom<StripeAccountHandle>(MERCHANT_CHANGES, (made) => ({
    id: (made as { id?: string } | undefined)?.id ?? null,
  })),
  "POST catchUp": ({ account, body }) => account.catchUp(modeOf(body.mode).mode),
  "POST keys": ({ account, body }) => ({
    key: account.issueKey({
      ...modeOf(body.mode),
      ...(body.permissions !== undefined && { permissions: body.permissions as string[] }),
    }),
  }),
  "POST uninstall": ({ account, body }) => account.uninstall(modeOf(body.mode).mode),
  "POST webhooks": webhookRoom(({ account, body, emulator }) =>
    emulator.subscribe({ account: account.id, ...body } as unknown as StripeSubscribeOptions),
  ),
};

/** What a program in another process may do to a served emulator, under `/_emulator/`. */
export const controlEmulator = controlOf<StripeEmulator, StripeAccountHandle>({
  about: ({ account, emulator }) => ({
    secretKeys: emulator.secretKeys,
    accountId: account.id,
    mode: account.mode,
    accounts: [...emulator.accounts.keys()],
  }),
  accountOf: (emulator, asked) => {
    const id = asked("account") ?? asked("accountId");
    return id === undefined ? emulator.account : emulator.accounts.get(id);
  },
  rooms: ROOMS,
});
