import type { ManualClock } from "../clock.ts";
import type { Fault } from "../faults.ts";
import type { LedgerFilter } from "../ledger.ts";
import type { Click } from "./click.ts";
import type { SlackEmulator, WorkspaceHandle } from "./slack-emulator.ts";
import type { SlackSubscriptionOptions } from "./webhooks.ts";

type Answer = unknown | Response;

/** What a program in another process may do to a served emulator, under `/_emulator/`. All bodies are JSON. */
export async function controlEmulator(
  emulator: SlackEmulator,
  request: Request,
): Promise<Response | undefined> {
  const url = new URL(request.url);
  const [, , room = "", part = ""] = url.pathname.split("/");
  const body = request.method === "POST" ? ((await request.json()) as Record<string, unknown>) : {};
  const teamId = String(url.searchParams.get("team") ?? body.teamId ?? emulator.workspace.id);
  const workspace = emulator.workspaces.get(teamId);
  if (!workspace) return json({ error: `no workspace ${teamId}` }, 404);
  const run = ROOMS[`${request.method} ${room}`];
  if (!run) return undefined;
  try {
    const answer = await run({ emulator, workspace, part, body, query: url.searchParams });
    return answer instanceof Response ? answer : json(answer ?? { ok: true }, 200);
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : String(error) }, 400);
  }
}

const json = (value: unknown, status: number) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });

interface Order {
  readonly emulator: SlackEmulator;
  readonly workspace: WorkspaceHandle;
  readonly part: string;
  readonly body: Record<string, unknown>;
  readonly query: URLSearchParams;
}

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

const ROOMS: Readonly<Record<string, (order: Order) => Answer | Promise<Answer>>> = {
  "GET app": ({ emulator, workspace }) => ({
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    signingSecret: emulator.signingSecret,
    appId: emulator.appId,
    teamId: workspace.id,
    teams: [...emulator.workspaces.keys()],
    botUserId: workspace.botUserId,
    limits: emulator.limits ?? null,
    now: emulator.clock.now(),
    channels: [...workspace.workspace.conversations.values()].map(({ id, kind, name }) => ({
      id,
      kind,
      name,
    })),
  }),
  "GET ledger": ({ emulator, query }) => {
    const since = Number(query.get("since") ?? 0);
    const filter: LedgerFilter = (entry) =>
      entry.n > since &&
      ["kind", "method", "objectType", "subject", "path"].every((name) => {
        const wanted = query.get(name);
        return wanted === null || String(entry[name as keyof typeof entry]) === wanted;
      });
    const requests = emulator.ledger.find(filter);
    const byKind: Record<string, number> = {};
    for (const { kind } of requests) byKind[kind] = (byKind[kind] ?? 0) + 1;
    const summary = { count: requests.length, byKind };
    return query.has("summary") ? summary : { ...summary, requests };
  },
  "DELETE ledger": ({ emulator }) => emulator.ledger.clear(),
  "GET snapshot": ({ workspace, part }) => {
    const { conversations, users } = workspace.snapshot();
    if (part === "users") return [...users.values()];
    const found = conversations.get(part);
    if (part !== "" && !found) throw new RangeError(`no conversation ${part}`);
    const listed = found ? [found] : [...conversations.values()];
    return listed.map((one) => ({ ...one, messages: [...one.messages.values()] }));
  },
  "GET transcript": ({ query, workspace }) => {
    const channel = query.get("channel") ?? undefined;
    const since = Number(query.get("since") ?? 0);
    const lines = workspace.transcript({ ...(channel && { channel }), since, onlyApp: query.has("onlyApp") });
    return new Response(`${lines.join("\n")}\n`, { headers: { "content-type": "text/plain;charset=utf-8" } });
  },
  "GET planted": ({ workspace }) => workspace.planted,
  "POST mutate": ({ body, workspace }) => workspace.mutate({ seed: 1, ...body }),
  "POST change": ({ body, part, workspace }) => {
    const name = CHANGES.find((change) => change === part);
    if (!name) throw new RangeError(`change must be one of ${CHANGES.join(", ")}`);
    const change = workspace[name] as (...args: unknown[]) => unknown;
    const made = change(...((body.args as unknown[] | undefined) ?? []));
    const { id, ts } = (made ?? {}) as { id?: string; ts?: string };
    return { id: id ?? null, ts: ts ?? null };
  },
  "POST click": async ({ body, workspace }) => {
    const { at, reason, status } = await workspace.clickButton(body as unknown as Click);
    return { at, status, reason: reason ?? null };
  },
  "GET faults": ({ emulator }) => emulator.faults.active,
  "POST faults": ({ body, emulator }) => void emulator.faults.add(body as unknown as Fault),
  "DELETE faults": ({ emulator }) => emulator.faults.clear(),
  "POST clock": async ({ body, emulator }) => {
    const { clock } = emulator;
    if (!("advance" in clock)) throw new RangeError("only a manual clock can be advanced");
    await (clock as ManualClock).advance(Number(body.advanceMs ?? 0));
    return { now: clock.now() };
  },
  "POST keys": ({ body, workspace }) => ({
    key: workspace.issueBotToken({ scopes: (body.scopes as string[]) ?? [] }),
  }),
  "POST uninstall": ({ workspace }) => workspace.uninstall(),
  "POST consent": ({ body, emulator }) => {
    emulator.consent = { approve: true, ...body };
  },
  "POST behaviour": ({ body, emulator }) => void Object.assign(emulator.behaviour, body),
  "GET webhooks": ({ emulator }) => ({
    attempts: emulator.webhooks.attempts.map(({ headers: _, body, ...attempt }) => ({
      ...attempt,
      bytes: body.length,
    })),
    lost: emulator.webhooks.lost,
  }),
  "POST webhooks": async ({ body, emulator, part }) => {
    if (part === "behaviour") return void Object.assign(emulator.webhooks.behaviour, body);
    if (part === "flush") return emulator.webhooks.flush();
    if (part === "handshake") return { ok: await emulator.webhooks.handshake(String(body.targetUrl)) };
    return { id: emulator.webhooks.subscribe(body as unknown as SlackSubscriptionOptions).id };
  },
};
