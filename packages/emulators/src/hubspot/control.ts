import { changeRoom, controlOf, type Room, webhookRoom } from "../control.ts";
import { digestSnapshot } from "./digest.ts";
import type { HubSpotEmulator, PortalHandle } from "./hubspot-emulator.ts";
import { isObjectType } from "./portal-api.ts";
import type { SubscriptionOptions } from "./webhooks.ts";

const CHANGES = [
  "create",
  "update",
  "archive",
  "restore",
  "merge",
  "gdprDelete",
  "associate",
  "dissociate",
  "submitForm",
] as const;

const ROOMS: Readonly<Record<string, Room<HubSpotEmulator, PortalHandle>>> = {
  "GET digest": ({ account }) => digestSnapshot(account.snapshot()),
  "GET snapshot": ({ account, part }) => new Response(snapshotLines(account, part)),
  "GET planted": ({ account }) => account.planted,
  "GET theoretical": ({ account }) => account.theoretical(),
  "POST theoretical": ({ account, body }) => account.theoretical(body),
  "POST change": changeRoom<PortalHandle>(CHANGES, (made) => {
    const { id, conversionId } = (made ?? {}) as { id?: string; conversionId?: string };
    return { id: id ?? conversionId ?? null };
  }),
  "POST keys": ({ account, body }) => ({
    key: account.issueKey({ scopes: (body.scopes as string[]) ?? [] }),
  }),
  "POST uninstall": ({ account }) => account.uninstall(),
  "POST webhooks": webhookRoom(({ body, emulator }) => ({
    id: emulator.webhooks.subscribe(body as unknown as SubscriptionOptions).id,
  })),
};

/** What a program in another process may do to a served emulator, under `/_emulator/`. */
export const controlEmulator = controlOf<HubSpotEmulator, PortalHandle>({
  about: ({ account, emulator }) => ({
    clientSecret: emulator.clientSecret,
    appId: emulator.appId,
    portalId: account.id,
    portals: [...emulator.portals.keys()],
    forms: account.portal.forms.map(({ id, name, formType }) => ({ id, name, formType })),
  }),
  accountOf: (emulator, asked) => {
    const id = asked("portal") ?? asked("portalId");
    return id === undefined ? emulator.portal : emulator.portals.get(Number(id));
  },
  rooms: ROOMS,
});

/** One JSON object a line, so that a large portal needs no large string. */
function snapshotLines(portal: PortalHandle, name: string): ReadableStream<Uint8Array> {
  const records: ReadonlyMap<string, unknown> | undefined = isObjectType(name)
    ? portal.snapshot([name]).records[name]
    : name === "submissions"
      ? portal.snapshot([]).submissions
      : undefined;
  if (!records) throw new RangeError(`no stream ${name}`);
  const values = records.values();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      for (let i = 0; i < 200; i++) {
        const { done, value } = values.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
      }
    },
  });
}
