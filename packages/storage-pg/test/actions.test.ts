import type { ActionCall, GatesSeen } from "@halo/core";
import { actionCall, connectionOf } from "@halo/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PgStorage } from "../src/index.ts";
import { freshDatabase, openPg, servers } from "./support/open.ts";
import { asLogin, doorOf } from "./support/sql.ts";

const orgId = "org";
const at = new Date(Date.UTC(2026, 0, 1));
const actor = { kind: "agent", id: "bot" } as const;
const lease = { holder: "h", ttlMs: 60_000 };
let calls = 0;

const stores = [
  ["PGlite", async () => openPg("memory://")],
  ...servers.map(([name, server]) => [name, async () => openPg(await freshDatabase(server))] as const),
] as const;

/** An agent that may create deals at a connection; what the gates saw of them. */
async function seen(storage: PgStorage, agentId: string): Promise<GatesSeen> {
  const connectionId = `connection-${agentId}`;
  await storage.connections.create(connectionOf(orgId, { id: connectionId }, at));
  const agent = { orgId, id: agentId, name: "Ada", kind: "internal", active: true } as const;
  await storage.agents.upsert({ ...agent, createdAt: at, updatedAt: at });
  const set = { agentId, integration: "acme", action: "create_deal", enabled: true, at };
  const { revision } = await storage.agents.setAction(orgId, set);
  return { agentActionRevision: revision, connectionId, generation: 1 };
}

const newCall = (agentId: string, like: Partial<ActionCall> = {}): ActionCall => {
  const connectionId = `connection-${agentId}`;
  return actionCall({ orgId, id: `call-${++calls}`, agentId, connectionId, createdAt: at, ...like });
};

/** What each part of the gates is switched off with, and what the refusal then names. */
const switches = [
  ["agent", "update agents set active = false where id = $1"],
  ["agent_action", "update agent_actions set enabled = false, revision = revision + 1 where agent_id = $1"],
  ["connection", `update connections set modes = '{"actions": false}' where id = 'connection-' || $1`],
] as const;

describe.each(stores)("%s", (name, open) => {
  let storage: PgStorage;
  beforeAll(async () => {
    storage = await open();
  });
  afterAll(() => storage.close());

  it("T49 the application can neither change nor delete a line of the audit, nor delete a call", async () => {
    const expect1 = await seen(storage, "t49");
    const call = newCall("t49");
    await storage.actions.begin(call, { actor, lease, expect: expect1 });
    for (const text of [
      "update action_audit set note = 'x'",
      "delete from action_audit",
      "delete from action_calls",
      "truncate action_audit",
      "alter table action_audit disable row level security",
    ])
      await expect(doorOf(storage).inOrg(orgId, (tx) => tx.exec(text))).rejects.toMatchObject({
        code: "storage_failed",
        state: "42501",
      });
    expect(await storage.actions.audit(orgId, call.id)).toHaveLength(1);
  });

  it("T31 readers see calls without the hash of their confirmation", async () => {
    const columns = await asLogin<{ name: string }>(
      storage,
      `select a.attname::text as name from pg_attribute a
       where a.attrelid = 'halo.action_calls'::regclass and a.attnum > 0
         and has_column_privilege('halo_reader', a.attrelid, a.attnum, 'select')`,
    );
    const names = columns.map(({ name }) => name);
    expect(names).toContain("arguments_hash");
    expect(names).not.toContain("confirmation_hash");
  });

  it("F76 a call that is begun again because nobody heard the commit is the same call", async () => {
    const expected = await seen(storage, "f76");
    const call = newCall("f76");
    await storage.actions.begin(call, { actor, lease, expect: expected });
    const again = await storage.actions.begin(call, { actor, lease, expect: expected });
    expect(again).toEqual({ fresh: false, call, lease: undefined });
    expect(await storage.actions.audit(orgId, call.id)).toHaveLength(1);
  });

  it("a move between two states that both may be moved from is on record with the one that it came from", async () => {
    const call = newCall("any", { state: "proposed" });
    await storage.actions.begin(call, { actor });
    const move = (to: "proposed" | "approved") =>
      storage.actions.transition(orgId, call.id, { from: ["proposed", "approved"], to, actor, at });
    await Promise.all(Array.from({ length: 12 }, (_, i) => move(i % 2 === 0 ? "approved" : "proposed")));
    const lines = await storage.actions.audit(orgId, call.id);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
    for (const [index, line] of lines.entries())
      if (index > 0) expect(line.from, `line ${index + 1}`).toBe(lines[index - 1]?.to);
    expect(lines.at(-1)?.to).toBe((await storage.actions.get(orgId, call.id))?.state);
  });

  if (name === "PGlite") return;

  it.each(switches)(
    "F93 a call waits for a switch-off of the %s that is under way, and sees it",
    async (part, off) => {
      const agentId = `begin-${part}`;
      const expected = await seen(storage, agentId);
      const call = newCall(agentId);
      const begun = await whileOff(storage, off, agentId, () =>
        storage.actions.begin(call, { actor, lease, expect: expected }),
      );
      await expect(begun()).rejects.toMatchObject({ code: "conflict", current: part });
      expect(await storage.actions.get(orgId, call.id)).toBeUndefined();
    },
  );

  it.each(switches)(
    "F93 a waiting call's execution waits for a switch-off of the %s, and sees it",
    async (part, off) => {
      const agentId = `move-${part}`;
      const expected = await seen(storage, agentId);
      const call = newCall(agentId, { state: "awaiting_consent" });
      await storage.actions.begin(call, { actor });
      const moved = await whileOff(storage, off, agentId, () =>
        storage.actions.transition(orgId, call.id, {
          from: ["awaiting_consent"],
          to: "executing",
          actor,
          at,
          claim: lease,
          expect: expected,
        }),
      );
      await expect(moved()).rejects.toMatchObject({ code: "conflict", current: part });
      expect(await storage.actions.get(orgId, call.id)).toEqual(call);
    },
  );

  it.each(switches)(
    "F93 a switch-off of the %s waits for a call that is just being begun",
    async (part, off) => {
      const agentId = `off-${part}`;
      const expected = await seen(storage, agentId);
      const idempotencyKey = `key-${part}`;
      const call = newCall(agentId, { idempotencyKey });
      let both: Promise<unknown> | undefined;
      await doorOf(storage).inOrg(orgId, async (tx) => {
        // Another call of the key is not committed yet: ours has passed its gates and waits.
        await tx.query(
          `insert into action_calls (org_id, id, agent_id, integration, action, version, state, idempotency_key,
             arguments_hash, input, attempts, created_at)
           values ($1, 'other-' || $2, 'x', 'acme', 'a', 1, 'refused', $2, 'h', '{}', 0, now())`,
          [orgId, idempotencyKey],
        );
        const begun = storage.actions.begin(call, { actor, lease, expect: expected });
        await waiting(storage, 1);
        const switched = doorOf(storage).inOrg(orgId, (other) => other.query(off, [agentId]));
        both = Promise.all([begun, switched]);
        await waiting(storage, 2);
      });
      await both;
    },
  );
});

/** Switches off, begins the work before that is committed, and commits once the work waits for it. */
async function whileOff<T>(
  storage: PgStorage,
  off: string,
  agentId: string,
  work: () => Promise<T>,
): Promise<() => Promise<T>> {
  let begun: Promise<T> | undefined;
  await doorOf(storage).inOrg(orgId, async (tx) => {
    const { count } = await tx.query(off, [agentId]);
    expect(count).toBe(1);
    begun = work();
    begun.catch(() => {});
    await waiting(storage, 1);
  });
  return () => begun ?? Promise.reject(new Error("the work was not begun"));
}

/** Until so many statements of this database wait for a lock. */
async function waiting(storage: PgStorage, many: number): Promise<void> {
  for (let look = 0; look < 3_000; look++) {
    const [row] = await asLogin<{ many: number }>(
      storage,
      `select count(*)::int as many from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if ((row?.many ?? 0) >= many) return;
  }
  throw new Error(`${many} statements never waited`);
}
