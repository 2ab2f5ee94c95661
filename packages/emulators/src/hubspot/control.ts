import type { ManualClock } from "../clock.ts";
import type { Fault } from "../faults.ts";
import type { LedgerFilter } from "../ledger.ts";
import { digestSnapshot } from "./digest.ts";
import type { HubSpotEmulator, PortalHandle } from "./hubspot-emulator.ts";
import { isObjectType } from "./portal-api.ts";
import type { SubscriptionOptions } from "./webhooks.ts";

type Answer = unknown | Response;

/** What a program in another process may do to a served emulator, under `/_emulator/`. All bodies are JSON. */
export async function controlEmulator(
  emulator: HubSpotEmulator,
  request: Request,
): Promise<Response | undefined> {
  const url = new URL(request.url);
  const [, , room = "", part = ""] = url.pathname.split("/");
  const body = request.method === "POST" ? ((await request.json()) as Record<string, unknown>) : {};
  const portalId = Number(url.searchParams.get("portal") ?? body.portalId ?? emulator.portal.id);
  const portal = emulator.portals.get(portalId);
  if (!portal) return json({ error: `no portal ${portalId}` }, 404);
  const run = ROOMS[`${request.method} ${room}`];
  if (!run) return undefined;
  try {
    const answer = await run({ emulator, portal, part, body, query: url.searchParams });
    return answer instanceof Response ? answer : json(answer ?? { ok: true }, 200);
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : String(error) }, 400);
  }
}

const json = (value: unknown, status: number) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });

interface Order {
  readonly emulator: HubSpotEmulator;
  readonly portal: PortalHandle;
  readonly part: string;
  readonly body: Record<string, unknown>;
  readonly query: URLSearchParams;
}

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

const ROOMS: Readonly<Record<string, (order: Order) => Answer | Promise<Answer>>> = {
  "GET app": ({ emulator, portal }) => ({
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    appId: emulator.appId,
    portalId: portal.id,
    portals: [...emulator.portals.keys()],
    limits: emulator.limits ?? null,
    now: emulator.clock.now(),
    forms: portal.portal.forms.map(({ id, name, formType }) => ({ id, name, formType })),
  }),
  "GET ledger": ({ emulator, query }) => {
    const since = Number(query.get("since") ?? 0);
    const filter: LedgerFilter = (entry) =>
      entry.n > since &&
      ["kind", "method", "objectType", "path"].every((name) => {
        const wanted = query.get(name);
        return wanted === null || String(entry[name as keyof typeof entry]) === wanted;
      });
    const requests = emulator.ledger.find(filter);
    const summary = { count: requests.length, byKind: tally(requests.map((entry) => entry.kind)) };
    return query.has("summary") ? summary : { ...summary, requests };
  },
  "DELETE ledger": ({ emulator }) => emulator.ledger.clear(),
  "GET digest": ({ portal }) => digestSnapshot(portal.snapshot()),
  "GET snapshot": ({ portal, part }) => new Response(snapshotLines(portal, part)),
  "GET planted": ({ portal }) => portal.planted,
  "GET theoretical": ({ portal }) => portal.theoretical(),
  "POST theoretical": ({ portal, body }) => portal.theoretical(body),
  "POST mutate": ({ portal, body }) => portal.mutate({ seed: 1, ...body }),
  "POST change": ({ portal, part, body }) => {
    const name = CHANGES.find((change) => change === part);
    if (!name) throw new RangeError(`change must be one of ${CHANGES.join(", ")}`);
    const change = portal[name] as (...args: unknown[]) => unknown;
    const made = change(...((body.args as unknown[] | undefined) ?? []));
    const { id, conversionId } = (made ?? {}) as { id?: string; conversionId?: string };
    return { id: id ?? conversionId ?? null };
  },
  "GET faults": ({ emulator }) => emulator.faults.active,
  "POST faults": ({ emulator, body }) => void emulator.faults.add(body as unknown as Fault),
  "DELETE faults": ({ emulator }) => emulator.faults.clear(),
  "POST clock": async ({ emulator, body }) => {
    const { clock } = emulator;
    if (!("advance" in clock)) throw new RangeError("only a manual clock can be advanced");
    await (clock as ManualClock).advance(Number(body.advanceMs ?? 0));
    return { now: clock.now() };
  },
  "POST keys": ({ portal, body }) => ({ key: portal.issueKey({ scopes: (body.scopes as string[]) ?? [] }) }),
  "POST uninstall": ({ portal }) => portal.uninstall(),
  "POST consent": ({ emulator, body }) => {
    emulator.consent = { approve: true, ...body };
  },
  "POST behaviour": ({ emulator, body }) => void Object.assign(emulator.behaviour, body),
  "GET webhooks": ({ emulator }) => ({
    attempts: emulator.webhooks.attempts.map(({ headers: _, body, ...attempt }) => ({
      ...attempt,
      bytes: body.length,
    })),
    lost: emulator.webhooks.lost,
  }),
  "POST webhooks": ({ emulator, part, body }) => {
    if (part === "behaviour") return void Object.assign(emulator.webhooks.behaviour, body);
    if (part === "flush") return emulator.webhooks.flush();
    return { id: emulator.webhooks.subscribe(body as unknown as SubscriptionOptions).id };
  },
};

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

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
