import * as z from "zod";
import { VendorError, VerificationError } from "../src/errors.ts";
import type { IntegrationDefinition, Json, Page, VendorHttp } from "../src/index.ts";
import { defineIntegration, defineStream, defineWebhook, defineWebhooks } from "../src/index.ts";

export interface Person {
  id: string;
  email: string | null;
  name: string;
  note: string;
  team: string;
  updatedAt: string;
}

/** A made-up vendor: people with notes. It counts calls, has its own clock, and fails when told to. */
export class Acme {
  readonly people = new Map<string, Person>();
  readonly deleted = new Map<string, string>();
  readonly calls: string[] = [];
  now = Date.parse("2026-03-01T10:00:00Z");
  pageSize = 10;
  /** Called before each answer; throws to fail the call. */
  before: (path: string) => void | Promise<void> = () => {};

  constructor(count: number) {
    for (let index = 1; index <= count; index++) this.put({ id: String(index).padStart(5, "0") });
  }

  put(person: Partial<Person> & { id: string }): Person {
    this.now += 1_000;
    const known = this.people.get(person.id);
    const whole: Person = {
      email: `p${person.id}@team${Number(person.id) % 7}.example`,
      name: `Person ${person.id}`,
      note: `Note of person ${person.id} about renewal.`,
      team: "a",
      ...known,
      ...person,
      updatedAt: new Date(this.now).toISOString(),
    };
    this.people.set(person.id, whole);
    this.deleted.delete(person.id);
    return whole;
  }

  /** A change that moves no timestamp. */
  moveTeam(id: string, team: string): void {
    const person = this.people.get(id);
    if (person) this.people.set(id, { ...person, team });
  }

  delete(id: string): void {
    this.now += 1_000;
    this.people.delete(id);
    this.deleted.set(id, new Date(this.now).toISOString());
  }

  async answer(path: string, query: Record<string, unknown>): Promise<unknown> {
    this.now += 50;
    this.calls.push(path);
    await this.before(path);
    const list = [...this.people.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    if (path === "deleted") return [...this.deleted].map(([id, at]) => ({ id, at }));
    if (path === "read") {
      const ids = String(query["ids"]).split(",");
      return list.filter((person) => ids.includes(person.id));
    }
    const since = typeof query["since"] === "string" ? query["since"] : "";
    const after = typeof query["after"] === "string" ? query["after"] : "";
    const until = typeof query["until"] === "string" ? query["until"] : "~";
    const rest = list.filter((one) => one.updatedAt >= since && one.id > after && one.id <= until);
    const page = rest.slice(0, this.pageSize);
    return { people: page, next: rest.length > page.length ? page.at(-1)?.id : null };
  }

  http(): VendorHttp {
    const get = async (
      path: string,
      call: { query?: Record<string, unknown>; signal?: AbortSignal | undefined } = {},
    ) => {
      call.signal?.throwIfAborted();
      return structuredClone(await this.answer(path, call.query ?? {})) as never;
    };
    const unused = async () => {
      throw new Error("not used");
    };
    return {
      get,
      post: unused,
      put: unused,
      patch: unused,
      delete: unused,
      vendorNow: () => new Date(this.now),
    };
  }
}

const Person = z.object({
  id: z.string(),
  email: z.string().nullish(),
  name: z.string(),
  note: z.string().nullish(),
  team: z.string().nullish(),
  updatedAt: z.string(),
});

const secret = "acme-secret";

export interface AcmeEvent {
  id: string;
  account: string;
  type: "person.changed" | "person.deleted" | "person.forgotten" | "noise";
  person: string;
  at: string;
}

export const people = defineStream({
  id: "people",
  name: "People",
  record: Person,
  key: (person) => person.id,
  updatedAt: (person) => new Date(person.updatedAt),
  columns: { email: "text", name: "text", team: "text" },
  row: ({ email, name, team }) => ({ email, name, team }),
  customer: ({ email, name }) => ({ kind: "end_user", emails: email ? [email] : [], fields: { name } }),
  links: ({ email }) => (email ? [{ kind: "end_user", email, reason: "email" }] : []),
  document: ({ id, note, updatedAt }) =>
    note
      ? {
          kind: "note",
          title: `Note ${id}`,
          body: note,
          format: "text",
          audience: "shareable",
          occurredAt: new Date(updatedAt),
        }
      : undefined,
  shards: async ({ since }) =>
    since
      ? [{ id: "changed" }, { id: "deleted" }]
      : [
          { id: "low", params: { after: "", until: "00040" }, pages: 4 },
          { id: "high", params: { after: "00040", until: "~" }, pages: 9 },
        ],
  async *pull({ http, since, shard, cursor, signal }): AsyncGenerator<Page> {
    if (shard.id === "deleted") {
      const gone = await http.get<{ id: string; at: string }[]>("deleted", { signal });
      yield {
        records: [],
        tombstones: gone.map(({ id, at }) => ({ key: id, deletedAt: new Date(at) })),
        cursor: null,
        done: true,
      };
      return;
    }
    const range = (shard.params ?? {}) as { after?: string; until?: string };
    let after = typeof cursor === "string" ? cursor : (range.after ?? "");
    for (;;) {
      const page = await http.get<{ people: unknown[]; next: string | null }>("people", {
        query: { since: since?.toISOString(), after, until: range.until },
        signal,
      });
      yield { records: page.people, cursor: page.next, done: page.next === null };
      if (page.next === null) return;
      after = page.next;
    }
  },
  async read({ http, keys, signal }) {
    const records = await http.get<{ id: string }[]>("read", {
      query: { ids: keys.map((one) => one.key).join() },
      signal,
    });
    const found = new Set(records.map((record) => record.id));
    return { records, missing: keys.map((one) => one.key).filter((key) => !found.has(key)) };
  },
  recheck: {
    batchSize: 20,
    everyMs: 24 * 60 * 60_000,
    fingerprint: ({ team }) => team ?? "",
    async read({ http, keys, signal }) {
      const records = await http.get<{ id: string; team: string }[]>("read", {
        query: { ids: keys.join() },
        signal,
      });
      return new Map(records.map(({ id, team }) => [id, team]));
    },
  },
  manual: ["backfill_transcripts"],
  transcriptKinds: ["note"],
});

export function acme(changes: Partial<IntegrationDefinition> = {}): IntegrationDefinition {
  return defineIntegration({
    id: "acme",
    name: "Acme",
    auth: {
      key: { label: "Key" },
      scopes: [],
      identify: async () => ({ account: { id: "acct-1" } }),
    },
    http: {
      baseUrl: "https://api.acme.example",
      budgets: [],
      classify: () => ({ kind: "ok" }),
    },
    modes: { ingest: true, actions: true, notifications: false },
    schedule: { everyMs: 60 * 60_000 },
    streams: [people],
    webhooks: defineWebhooks<AcmeEvent>({
      secrets: [secret],
      receive({ headers, body }) {
        const given = headers instanceof Headers ? headers.get("x-secret") : headers["x-secret"];
        if (given !== secret) throw new VerificationError("wrong secret");
        return JSON.parse(new TextDecoder().decode(body)) as AcmeEvent[];
      },
      type: (event) => event.type,
      account: (event) => event.account,
      key: (event) => event.id,
      occurredAt: (event) => new Date(event.at),
      payload: (event) => event as unknown as Json,
      parse: (payload) => payload as unknown as AcmeEvent,
      instructions: (url) => `Paste ${url}.`,
      definitions: [
        defineWebhook<AcmeEvent>({
          events: ["person.changed"],
          changes: ({ person }) => [{ stream: "people", key: person }],
        }),
        defineWebhook<AcmeEvent>({
          events: ["person.deleted", "person.forgotten"],
          changes: ({ person, type, at }) => [
            {
              stream: "people",
              tombstone: { key: person, deletedAt: new Date(at), purge: type === "person.forgotten" },
            },
          ],
        }),
      ],
    }),
    ...changes,
  });
}

export function cursorExpired(): VendorError {
  return new VendorError("The cursor expired.", { reason: "cursor_expired" });
}

export const acmeHeaders = { "x-secret": secret };
