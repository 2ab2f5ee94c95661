import * as z from "zod";
import { runAction } from "../src/actions/index.ts";
import type {
  AnyAction,
  Halo,
  HaloOptions,
  HttpDefinition,
  IntegrationDefinition,
  InvokeRequest,
} from "../src/index.ts";
import { createHalo, defineAction, ValidationError } from "../src/index.ts";
import { memoryStorage } from "../src/memory/index.ts";
import { type FakeClock, fakeClock } from "../src/testing/fake-clock.ts";
import { acme } from "./acme.ts";

/** What a made-up vendor does with one request instead of answering it. */
export type Fault =
  /** The connection breaks before anything happened. */
  | "cut"
  /** It happens, and the connection breaks before the answer. */
  | "lost"
  /** It happens, and the answer is a 502 of something in between. */
  | "502 after"
  | "503"
  | "400"
  | "403"
  | "hang"
  | { readonly retryAfter: number };

export interface Effect {
  readonly path: string;
  readonly body: { readonly [field: string]: unknown };
}

/** The made-up vendor where actions act: it keeps a ledger of what really happened. */
export class Desk {
  /** Everything that happened, in its order. */
  readonly ledger: Effect[] = [];
  readonly requests: string[] = [];
  readonly tokens: string[] = [];
  /** Of the next writes; then all goes well. */
  faults: Fault[] = [];
  /** Of the next reads. */
  readFaults: Fault[] = [];
  /** Called with each request, before anything happens. */
  before: (path: string, method: string) => void | Promise<void> = () => {};
  /** Called when something happened, before it is answered. */
  after: (effect: Effect) => void | Promise<void> = () => {};
  order: Order = { status: "paid", refundable: 10_000, currency: "eur" };
  /** Tokens that are refused. */
  readonly revoked = new Set<string>();

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    const token = (request.headers.get("authorization") ?? "").replace("Bearer ", "");
    this.tokens.push(token);
    await this.before(pathname, request.method);
    if (this.revoked.has(token)) return Response.json({}, { status: 401 });
    if (request.method === "GET") {
      const answer = await this.fault(this.readFaults.shift(), request, () => {});
      if (answer) return answer;
      if (pathname === "/orders/1") return Response.json(this.order);
      const marker = searchParams.get("marker");
      const found = this.ledger.filter(({ body }) => marker === null || body["marker"] === marker);
      return Response.json({ found: found.map(({ body }) => body) });
    }
    const body = (await request.json()) as Effect["body"];
    const act = () => {
      // A vendor with idempotency keys acts once for each.
      const known = this.ledger.some((one) => body["key"] !== undefined && one.body["key"] === body["key"]);
      if (!known) this.ledger.push({ path: pathname, body });
    };
    const answer = await this.fault(this.faults.shift(), request, act);
    if (answer) return answer;
    act();
    await this.after({ path: pathname, body });
    return Response.json({ id: `e${this.ledger.length}` });
  };

  private async fault(
    fault: Fault | undefined,
    request: Request,
    act: () => void,
  ): Promise<Response | undefined> {
    if (fault === undefined) return undefined;
    if (typeof fault === "object") {
      return Response.json({}, { status: 429, headers: { "retry-after": String(fault.retryAfter) } });
    }
    if (fault === "lost" || fault === "502 after") act();
    if (fault === "cut" || fault === "lost") {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) });
    }
    if (fault === "hang") {
      await new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
      });
    }
    return Response.json({}, { status: Number(fault.slice(0, 3)) });
  }
}

export const deskHttp: HttpDefinition = {
  baseUrl: "https://api.acme.example",
  budgets: [],
  classify: ({ status }) => {
    if (status < 300) return { kind: "ok" };
    if (status === 429) return { kind: "rate_limited" };
    if (status === 401) return { kind: "unauthorized" };
    return { kind: status >= 500 ? "retry" : "failed" };
  },
};

const HOUR_MS = 3_600_000;
type Answer = { id: string };
type Found = { found: { id?: string }[] };

/** Looked for by its marker. */
export const createTicket = defineAction({
  id: "create_ticket",
  name: "Create ticket",
  description: "Creates a ticket for the customer.",
  subject: "end_user",
  input: z.strictObject({ title: z.string().min(1).max(100), urgent: z.boolean().optional() }),
  config: z.strictObject({ prefix: z.string().default("") }),
  async run({ http, input, config, subject, effectKey, signal }) {
    const json = { title: config.prefix + input.title, email: subject?.email, marker: effectKey };
    const { id } = await http.post<Answer>("/tickets", { json, signal });
    return { id };
  },
  again: {
    kind: "find",
    async find({ http, effectKey, signal }) {
      const { found } = await http.get<Found>("/tickets", { query: { marker: effectKey }, signal });
      return found.length > 0 ? { state: "present", output: { id: "found" } } : { state: "absent" };
    },
  },
});

/** The vendor keeps keys for a day. */
export const charge = defineAction({
  id: "charge",
  name: "Charge",
  description: "Charges a card.",
  input: z.strictObject({ amount: z.int().positive() }),
  config: z.strictObject({ max_amount: z.int().default(1_000) }),
  permit: ({ input, config }) => input.amount <= config.max_amount || "amount is above max_amount",
  async run({ http, input, effectKey, signal }) {
    const { id } = await http.post<Answer>("/charges", { json: { ...input, key: effectKey }, signal });
    return { id };
  },
  again: { kind: "idempotent", keyLifeMs: 24 * HOUR_MS },
});

/** Needs the user's yes. */
export const setProperty = defineAction({
  id: "set_property",
  name: "Set property",
  description: "Changes one property.",
  subject: "end_user",
  consent: "user",
  input: z.strictObject({ property: z.string(), value: z.string() }),
  config: z.strictObject({ allowed_properties: z.array(z.string()).default(["jobtitle"]) }),
  permit: ({ input, config }) =>
    config.allowed_properties.includes(input.property) || "the property is not in allowed_properties",
  preview: ({ input, subject }) => ({
    summary: `Sets ${input.property} of ${subject?.email}.`,
    changes: [{ field: input.property, to: input.value }],
  }),
  async run({ http, input, signal }) {
    const { id } = await http.patch<Answer>("/people", { json: { ...input }, signal });
    return { id };
  },
  again: { kind: "harmless" },
});

/** Nothing tells afterwards whether it happened. */
export const sendFax = defineAction({
  id: "send_fax",
  name: "Send fax",
  description: "Sends a fax.",
  input: z.strictObject({ text: z.string() }),
  config: z.strictObject({}),
  async run({ http, input, signal }) {
    await http.get("/lines", { signal });
    const { id } = await http.post<Answer>("/faxes", { json: input, signal });
    return { id };
  },
});

/** What a person decides on: how the order stands at the vendor. */
export interface Order {
  readonly status: string;
  readonly refundable: number;
  readonly currency: string;
  readonly livemode?: boolean;
}

export const refund = defineAction({
  id: "refund",
  name: "Refund",
  description: "Gives money back.",
  approval: "human",
  input: z.strictObject({ amount: z.number(), reason: z.string().max(200).optional() }),
  config: z.strictObject({ most: z.int().default(1_000_000) }),
  permit: ({ input, config }) => input.amount <= config.most || "amount is above most",
  async review({ http, input, signal }) {
    const { livemode, ...order } = await http.get<Order>("/orders/1", { signal });
    if (input.amount > order.refundable) {
      throw new ValidationError("That is above what can be refunded.", {
        path: "amount",
        reason: "above refundable",
      });
    }
    return {
      preview: { summary: `Gives ${input.amount} back.` },
      money: { amountMinor: input.amount, currency: order.currency, digits: 2 },
      state: { ...order },
      ...(livemode !== undefined && { livemode }),
    };
  },
  async run({ http, input, effectKey, signal }) {
    const json = { amount: input.amount, key: effectKey, marker: effectKey };
    return { id: (await http.post<Answer>("/refunds", { json, signal })).id };
  },
  again: {
    kind: "idempotent",
    keyLifeMs: 24 * HOUR_MS,
    async find({ http, effectKey, signal }) {
      const { found } = await http.get<Found>("/tickets", { query: { marker: effectKey }, signal });
      return found.length > 0 ? { state: "present", output: { id: "found" } } : { state: "absent" };
    },
  },
});

export const deskActions: readonly AnyAction[] = [createTicket, charge, setProperty, sendFax, refund];

export function desk(changes: Partial<IntegrationDefinition> = {}): IntegrationDefinition {
  return acme({ http: deskHttp, actions: deskActions, streams: [], ...changes });
}

export const orgId = "org-1";
export const agentId = "helper";
export const customer = { email: "ada@example.com" };

export interface DeskWorld {
  readonly desk: Desk;
  readonly clock: FakeClock;
  readonly halo: Halo;
  readonly options: HaloOptions;
  /** Fields of what listeners were told, in order. */
  readonly told: { readonly name: string; readonly [field: string]: unknown }[];
  readonly connectionId: string;
  invoke(
    action: string,
    input: unknown,
    more?: Partial<InvokeRequest>,
  ): ReturnType<Halo["actions"]["invoke"]>;
  /** Another process on the same store. */
  another(): Promise<Halo>;
  /** Another process, for which no time passes: to the others it is dead, until something thaws it. */
  frozen(): Promise<Halo>;
  /** Lets a worker sweep for so long. */
  work(halo: Halo, ms: number): Promise<void>;
}

/** A Halo with one org, connected to the desk, and one agent that has every action enabled. */
export async function deskWorld(options: Partial<HaloOptions> = {}): Promise<DeskWorld> {
  const clock = fakeClock();
  const vendor = new Desk();
  const all: HaloOptions = {
    storage: memoryStorage({ clock }),
    integrations: [desk()],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: vendor.fetch,
    ...options,
  };
  const halo = await createHalo(all);
  const told: DeskWorld["told"] = [];
  for (const name of ["succeeded", "failed", "refused", "outcome_unknown", "reconciled"] as const) {
    halo.on(`action.${name}`, (event) => void told.push({ name, ...event }));
  }
  for (const name of ["requested", "seconded", "approved", "rejected", "expired", "alarm"] as const) {
    halo.on(`approval.${name}`, (event) => void told.push({ name: `approval.${name}`, ...event }));
  }
  const connection = await halo.connections.connectWithKey({ orgId, integration: "acme", key: "k1" });
  await halo.agents.upsert({ orgId, id: agentId, name: "Helper" });
  for (const { id } of deskActions) {
    await halo.agents.setAction({ orgId, agentId, action: id, enabled: true });
  }
  return {
    desk: vendor,
    clock,
    halo,
    options: all,
    told,
    connectionId: connection.id,
    invoke: (action, input, more) =>
      halo.actions.invoke({ orgId, agentId, action, input, context: { customer }, ...more }),
    another: () => createHalo(all),
    frozen: () => createHalo({ ...all, clock: fakeClock(clock.now()) }),
    async work(worker, ms) {
      const stop = new AbortController();
      const working = worker.work({ signal: stop.signal });
      await clock.advance(ms);
      stop.abort(new Error("over"));
      await clock.run(working);
    },
  };
}

/** What the client loads late is there, so that a clock which jumps from sleeper to sleeper does not run ahead of it. */
export async function warm(): Promise<void> {
  const { fetch } = new Desk();
  await runAction(charge, { http: deskHttp, token: "t", input: { amount: 1 }, fetch });
}
