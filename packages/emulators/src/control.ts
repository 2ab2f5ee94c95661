import type { Clock, ManualClock } from "./clock.ts";
import type { Fault, Faults } from "./faults.ts";
import type { Ledger, LedgerFilter } from "./ledger.ts";

/** What every emulator lets a program in another process do. */
export interface Controllable {
  readonly clientId: string;
  readonly limits: object | undefined;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly behaviour?: object;
  consent?: object;
  readonly webhooks?: {
    readonly behaviour: object;
    readonly attempts: readonly { readonly headers: unknown; readonly body: string }[];
    readonly lost: readonly unknown[];
    flush(): void;
  };
}

/** One call of the control API, for one of the emulator's accounts. */
export interface Order<Emulator, Account> {
  readonly emulator: Emulator;
  readonly account: Account;
  /** What stands behind the room's name in the path. */
  readonly part: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
}

/** Gives a Response, or a value that is sent as JSON. What it throws is told with 400. */
export type Room<Emulator, Account> = (order: Order<Emulator, Account>) => unknown;

export interface ControlSettings<Emulator, Account> {
  /** What `GET app` tells of the app and of one account, beside what every emulator tells there. */
  about(order: Order<Emulator, Account>): object;
  /** The account that an order is about; undefined for one that is not there. */
  accountOf(emulator: Emulator, asked: (name: string) => string | undefined): Account | undefined;
  /** By method and first part of the path, such as `GET planted`. One of the same name stands before a shared one. */
  readonly rooms: Readonly<Record<string, Room<Emulator, Account>>>;
}

/** An account whose records a program can have changed at random. */
interface Drifting {
  mutate(change: { seed: number }): unknown;
}

/** Answers under `/_emulator/`, of which the vendor's rooms are a part. All bodies are JSON. */
export function controlOf<Emulator extends Controllable, Account extends Drifting>({
  about,
  accountOf,
  rooms,
}: ControlSettings<Emulator, Account>): (
  emulator: Emulator,
  request: Request,
) => Promise<Response | undefined> {
  return async (emulator, request) => {
    const { pathname, searchParams: query } = new URL(request.url);
    const [, , room = "", part = ""] = pathname.split("/");
    const text = request.method === "POST" ? await request.text() : "";
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    const name = `${request.method} ${room}`;
    const own = rooms[name];
    const shared = SHARED[name];
    if (!own && !shared && name !== APP) return undefined;
    try {
      const account = accountOf(emulator, (asked) => {
        const value = query.get(asked) ?? body[asked];
        return value === undefined || value === null ? undefined : String(value);
      });
      if (account === undefined) return json({ error: "no such account" }, 404);
      const order = { emulator, account, part, body, query };
      const answer = name === APP ? tellApp(emulator, about(order)) : await (own ?? shared)?.(order);
      return answer instanceof Response ? answer : json(answer ?? { ok: true }, 200);
    } catch (error) {
      return json({ error: error instanceof Error ? error.message : String(error) }, 400);
    }
  };
}

const APP = "GET app";

const tellApp = ({ clientId, clock, limits }: Controllable, about: object) => ({
  clientId,
  ...about,
  limits: limits ?? null,
  now: clock.now(),
});

const json = (value: unknown, status: number) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });

/** A room in which the account does one of these by name, with the body's `args`. */
export function changeRoom<Account extends object>(
  names: readonly (keyof Account & string)[],
  tell: (made: unknown) => unknown,
): Room<unknown, Account> {
  return ({ account, body, part }) => {
    const name = names.find((one) => one === part);
    if (!name) throw new RangeError(`change must be one of ${names.join(", ")}`);
    const change = account[name] as (...args: unknown[]) => unknown;
    return tell(change(...((body.args as unknown[] | undefined) ?? [])));
  };
}

const FILTERS = ["kind", "method", "objectType", "subject", "path"] as const;

const SHARED: Readonly<Record<string, Room<Controllable, Drifting>>> = {
  "POST mutate": ({ account, body }) => account.mutate({ seed: 1, ...body }),
  "GET ledger": ({ emulator, query }) => {
    const since = Number(query.get("since") ?? 0);
    const filter: LedgerFilter = (entry) =>
      entry.n > since &&
      FILTERS.every((name) => {
        const wanted = query.get(name);
        return wanted === null || String(entry[name]) === wanted;
      });
    const requests = emulator.ledger.find(filter);
    const byKind: Record<string, number> = {};
    for (const { kind } of requests) byKind[kind] = (byKind[kind] ?? 0) + 1;
    const summary = { count: requests.length, byKind };
    return query.has("summary") ? summary : { ...summary, requests };
  },
  "DELETE ledger": ({ emulator }) => emulator.ledger.clear(),
  "GET faults": ({ emulator }) => emulator.faults.active,
  "POST faults": ({ body, emulator }) => void emulator.faults.add(body as unknown as Fault),
  "DELETE faults": ({ emulator }) => emulator.faults.clear(),
  "POST clock": async ({ body, emulator }) => {
    const { clock } = emulator;
    if (!("advance" in clock)) throw new RangeError("only a manual clock can be advanced");
    await (clock as ManualClock).advance(Number(body.advanceMs ?? 0));
    return { now: clock.now() };
  },
  "POST consent": ({ body, emulator }) => {
    emulator.consent = { approve: true, ...body };
  },
  "POST behaviour": ({ body, emulator }) => void Object.assign(emulator.behaviour ?? {}, body),
  "GET webhooks": ({ emulator }) => ({
    attempts: (emulator.webhooks?.attempts ?? []).map(({ headers: _, body, ...attempt }) => ({
      ...attempt,
      bytes: body.length,
    })),
    lost: emulator.webhooks?.lost ?? [],
  }),
};

/** `POST webhooks`, whose subscriptions each vendor has in its own form. */
export const webhookRoom =
  <Emulator extends Controllable, Account>(
    subscribe: Room<Emulator, Account>,
    parts: Readonly<Record<string, Room<Emulator, Account>>> = {},
  ): Room<Emulator, Account> =>
  (order) => {
    const { body, emulator, part } = order;
    if (part === "behaviour") return void Object.assign(emulator.webhooks?.behaviour ?? {}, body);
    if (part === "flush") return emulator.webhooks?.flush();
    return (parts[part] ?? subscribe)(order);
  };
