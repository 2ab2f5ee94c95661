import {
  type ActionCall,
  type Approval,
  auditHash,
  type Decision,
  type GatesSeen,
  type Proposal,
} from "@halo/core";
import { actionCall, connectionOf } from "@halo/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PgStorage } from "../src/index.ts";
import { freshDatabase, openPg, servers } from "./support/open.ts";
import { asLogin, doorOf } from "./support/sql.ts";

const orgId = "org";
const at = new Date(Date.UTC(2026, 0, 1));
const agent = { kind: "agent", id: "bot" } as const;
const engine = { kind: "engine", id: "w" } as const;
const limits = [{ per: "org", currency: "eur", amountMinor: 350, windowMs: 3_600_000 }] as const;
let ids = 0;

const stores = [
  ["PGlite", async () => "memory://"],
  ...servers.map(([name, server]) => [name, () => freshDatabase(server)] as const),
] as const;

async function seen(storage: PgStorage, org = orgId): Promise<GatesSeen> {
  const connectionId = `connection-${org}-${++ids}`;
  await storage.connections.create(connectionOf(org, { id: connectionId }, at));
  const bot = { orgId: org, id: "bot", name: "Ada", kind: "internal", active: true } as const;
  await storage.agents.upsert({ ...bot, createdAt: at, updatedAt: at });
  const set = { agentId: "bot", integration: "acme", action: "refund", enabled: true, at };
  const { revision } = await storage.agents.setAction(org, set);
  return { agentActionRevision: revision, connectionId, generation: 1 };
}

function newCall(org: string, expected: GatesSeen, like: Partial<ActionCall> = {}): ActionCall {
  const id = `call-${String(++ids).padStart(6, "0")}`;
  return actionCall({
    orgId: org,
    id,
    connectionId: expected.connectionId,
    action: "refund",
    state: "proposed",
    argumentsHash: `args-${id}`,
    createdAt: at,
    ...like,
  });
}

async function propose(storage: PgStorage, expected: GatesSeen, org = orgId): Promise<Approval> {
  const call = newCall(org, expected);
  const proposal: Omit<Proposal, "expiresAt"> = {
    orgId: org,
    id: call.id,
    hash: `hash-${call.id}`,
    account: "acct-1",
    requestedBy: undefined,
    preview: { summary: "x" },
    money: { amountMinor: 100, currency: "eur" },
    customer: undefined,
    state: undefined,
    sources: undefined,
    needed: 1,
    createdAt: at,
  };
  const { approval } = await storage.approvals.propose(proposal, call, {
    actor: agent,
    note: proposal.hash,
    ttlMs: 3_600_000,
    coolDownMs: 0,
    most: 1_000,
    mostOfOrg: 1_000,
    expect: expected,
  });
  if (!approval) throw new Error("Nothing was proposed.");
  return approval;
}

const word = ({ proposal }: Approval, by = "grace"): Decision => ({
  kind: "approve",
  by,
  hash: proposal.hash,
  reason: undefined,
  at: new Date(),
  proof: "p",
});

async function claim(storage: PgStorage, id: string, org = orgId) {
  const work = { kind: "action", orgId: org, subject: id } as const;
  for (let look = 0; look < 200; look++) {
    await storage.leases.wake([work]);
    const claimed = await storage.leases.claim({ holder: "w", limit: 50, ttlMs: 60_000, kinds: ["action"] });
    const own = claimed.find(({ subject }) => subject === id);
    for (const lease of claimed) if (lease !== own) await storage.leases.release(lease, undefined);
    if (own) return own;
  }
  throw new Error(`no lease of ${id}`);
}

describe.each(stores)("%s", (name, open) => {
  let storage: PgStorage;
  let url: string;
  beforeAll(async () => {
    url = await open();
    storage = await openPg(url);
  });
  afterAll(() => storage.close());

  it("T37 T49 the application can write neither into what was proposed, nor into what was decided, nor delete it", async () => {
    const approval = await propose(storage, await seen(storage));
    await storage.approvals.decide(orgId, approval.proposal.id, word(approval));
    for (const text of [
      "update approvals set hash = 'x'",
      "update approvals set amount_minor = 1",
      "update approvals set needed = 1",
      "update approvals set expires_at = now() + interval '1 year'",
      "delete from approvals",
      "update approval_decisions set by_id = 'x'",
      "delete from approval_decisions",
      "delete from action_stops",
      "delete from audit_heads",
      "delete from action_audit",
      "delete from action_calls",
      "insert into audit_bases (org_id, seq, hash) values ('org', 1, 'x')",
      "update audit_bases set seq = 1",
      "update action_audit set chain_hash = 'x'",
      "alter table action_audit disable trigger chain_audit",
      "drop trigger chain_audit on action_audit",
    ]) {
      await expect(
        doorOf(storage).inOrg(orgId, (tx) => tx.exec(text)),
        text,
      ).rejects.toMatchObject({
        code: "storage_failed",
        state: "42501",
      });
    }
  });

  it.each([
    ["changed", "update halo.action_audit set note = 'x' where org_id = $1 and chain_seq = 2", 2],
    [
      "moved",
      "update halo.action_audit set at = at + interval '1 second' where org_id = $1 and chain_seq = 2",
      2,
    ],
    [
      "signed by another",
      "update halo.action_audit set actor_id = 'eve' where org_id = $1 and chain_seq = 2",
      2,
    ],
    ["taken away", "delete from halo.action_audit where org_id = $1 and chain_seq = 2", 3],
  ])(
    "T49 a line that was %s by somebody with the database breaks its chain there",
    async (what, text, where) => {
      const org = `t49-${what.replaceAll(" ", "-")}`;
      const approval = await propose(storage, await seen(storage, org), org);
      await storage.approvals.decide(org, approval.proposal.id, word(approval));
      await storage.approvals.stop(org, "grace");
      const broken = async () => {
        let before = "";
        for (const line of await storage.actions.chain(org, { after: 0, limit: 100 })) {
          if (line.hash !== auditHash(before, line)) return line.chainSeq;
          before = line.hash;
        }
        return undefined;
      };
      expect(await broken()).toBeUndefined();
      await asLogin(storage, text, [org]);
      expect(await broken()).toBe(where);
    },
  );

  it("T49 T30 retention that the application asks for takes nothing young, and nothing of another org", async () => {
    const [mine, theirs] = ["retention-mine", "retention-theirs"];
    const old = new Date(Date.now() - 500 * 86_400_000);
    for (const org of [mine, theirs])
      for (const when of [old, new Date()])
        await storage.actions.begin(
          newCall(org, await seen(storage, org), { state: "refused", createdAt: when, endedAt: when }),
          { actor: agent },
        );
    const asked = async (org: string) =>
      await doorOf(storage).inOrg(mine, async (tx) => {
        const { rows } = await tx.query<{ gone: number }>("select prune_audit($1, 'infinity', 100) as gone", [
          org,
        ]);
        return rows[0]?.gone;
      });
    expect(await asked(theirs)).toBe(0);
    expect(await asked(mine)).toBe(1);
    expect(await asked(mine)).toBe(0);
    const tos = async (org: string) =>
      (await storage.actions.chain(org, { after: 0, limit: 9 })).map(({ to }) => to);
    expect(await tos(theirs)).toEqual(["refused", "refused"]);
    expect(await tos(mine)).toEqual(["refused", "pruned"]);
  });

  it("A12 retention takes a long beginning piece by piece, while others write", async () => {
    const org = "retention-long";
    const old = new Date(Date.now() - 500 * 86_400_000);
    const expected = await seen(storage, org);
    const refused = (when: Date) =>
      storage.actions.begin(newCall(org, expected, { state: "refused", createdAt: when, endedAt: when }), {
        actor: agent,
      });
    for (let n = 0; n < 25; n++) await refused(old);
    const pieces = doorOf(storage);
    const piece = () =>
      pieces.inOrg(org, async (tx) => {
        const { rows } = await tx.query<{ gone: number }>("select prune_audit($1, now(), 10) as gone", [org]);
        return rows[0]?.gone ?? 0;
      });
    const gone: number[] = [];
    await Promise.all([
      (async () => {
        for (let turn = 0; turn < 4; turn++) gone.push(await piece());
      })(),
      ...Array.from({ length: 10 }, () => refused(new Date())),
    ]);
    expect(gone).toEqual([10, 10, 5, 0]);
    let before = (await storage.actions.chainBase(org))?.hash ?? "";
    const lines = await storage.actions.chain(org, { after: 0, limit: 100 });
    expect(lines).toHaveLength(10 + 3);
    for (const line of lines) {
      expect(line.hash).toBe(auditHash(before, line));
      before = line.hash;
    }
  });

  // An embedded store has one transaction at a time.
  if (name !== "PGlite")
    it("A12 retention waits for whoever moves an old call just now, and leaves it", async () => {
      const org = "retention-race";
      const old = new Date(Date.now() - 500 * 86_400_000);
      const like = { state: "refused", createdAt: old, endedAt: old } as const;
      const call = newCall(org, await seen(storage, org), like);
      await storage.actions.begin(call, { actor: agent });
      let pruned: Promise<number> | undefined;
      await doorOf(storage).inOrg(org, async (tx) => {
        await tx.query("update action_calls set ended_at = clock_timestamp() where org_id = $1", [org]);
        await tx.query(
          `insert into action_audit (org_id, call_id, seq, to_state, actor_kind, actor_id, at)
         values ($1, $2, 2, 'refused', 'human', 'grace', clock_timestamp())`,
          [org, call.id],
        );
        pruned = storage.actions.prune(new Date());
        const waits = `select exists (select from pg_locks l join pg_database d on d.oid = l.database
        where not l.granted and d.datname = current_database())
        or exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as any`;
        for (let look = 0; look < 500; look++) {
          const { rows } = await tx.query<{ any: boolean }>(waits, []);
          if (rows[0]?.any) break;
        }
      });
      await pruned;
      expect(await storage.actions.get(org, call.id)).toBeDefined();
      expect(await storage.actions.chainBase(org)).toBeUndefined();
      expect(await storage.actions.audit(org, call.id)).toHaveLength(2);
    });

  it("A12 a line that is written past Halo is chained too, whatever it says of its place", async () => {
    const org = "past-halo";
    await storage.actions.begin(newCall(org, await seen(storage, org), { state: "refused" }), {
      actor: agent,
    });
    await doorOf(storage).inOrg(org, (tx) =>
      tx.query(
        `insert into action_audit (org_id, call_id, seq, to_state, actor_kind, actor_id, at, note, chain_seq, chain_hash)
         values ($1, 'x', 1, 'succeeded', 'human', 'eve', clock_timestamp(), null, 99, 'forged')`,
        [org],
      ),
    );
    const [first, second] = await storage.actions.chain(org, { after: 0, limit: 10 });
    expect(second?.chainSeq).toBe(2);
    expect(first && second && auditHash(first.hash, second)).toBe(second?.hash);
  });

  it("T30 an org's row security hides another's proposals, decisions and head", async () => {
    const approval = await propose(storage, await seen(storage, "theirs"), "theirs");
    await storage.approvals.decide("theirs", approval.proposal.id, word(approval));
    for (const table of ["approvals", "approval_decisions", "audit_heads"]) {
      const text = `select count(*)::int as many from ${table} where org_id = 'theirs'`;
      const { rows } = await doorOf(storage).inOrg("ours", (tx) => tx.query<{ many: number }>(text));
      expect(rows, table).toEqual([{ many: 0 }]);
    }
  });

  if (name === "PGlite") return;

  it("F90 T41 two processes decide and begin at the same time, and one of each counts", async () => {
    const other = await openPg(url);
    try {
      const expected = await seen(storage);
      const approvals: Approval[] = [];
      for (let n = 0; n < 8; n++) approvals.push(await propose(storage, expected));
      const both = [storage, other];
      const clicks = await Promise.allSettled(
        approvals.flatMap((one) =>
          both.map((store, n) => store.approvals.decide(orgId, one.proposal.id, word(one, `p${n}`))),
        ),
      );
      expect(clicks.filter(({ status }) => status === "fulfilled")).toHaveLength(8);
      for (const click of clicks) {
        if (click.status === "rejected") expect(click.reason).toMatchObject({ code: "approval_stale" });
      }
      const leases = [];
      for (const { proposal } of approvals) leases.push(await claim(storage, proposal.id));
      const begun = await Promise.allSettled(
        leases.flatMap((lease) =>
          both.map((store) =>
            store.approvals.begin(orgId, lease.subject, {
              lease,
              actor: engine,
              at,
              expect: expected,
              limits,
            }),
          ),
        ),
      );
      expect(begun.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
      for (const one of begun) {
        if (one.status === "rejected") {
          expect(one.reason).toMatchObject({ current: expect.stringMatching(/^(limit|executing)$/) });
        }
      }
    } finally {
      await other.close();
    }
  });

  it("A13 a stop waits for a call that is just being begun, and a call that comes after it sees it", async () => {
    const expected = await seen(storage);
    const begin = (call: ActionCall) =>
      storage.actions.begin(call, { actor: agent, lease: { holder: "h", ttlMs: 60_000 }, expect: expected });
    const early = newCall(orgId, expected, { state: "executing", idempotencyKey: "early" });
    const order: string[] = [];
    let all: Promise<unknown> | undefined;
    await doorOf(storage).inOrg(orgId, async (tx) => {
      // Another call of the key is not committed yet: ours has passed its gates and waits.
      await tx.query(
        `insert into action_calls (org_id, id, agent_id, integration, action, version, state, idempotency_key,
           arguments_hash, input, attempts, created_at)
         values ($1, 'other-early', 'x', 'acme', 'a', 1, 'refused', 'early', 'h', '{}', 0, now())`,
        [orgId],
      );
      const begun = begin(early).then(() => order.push("begun"));
      await waiting(storage, 1);
      const stopped = storage.approvals.stop(orgId, "grace").then(() => order.push("stopped"));
      await waiting(storage, 2);
      // It takes effect before it returns.
      await expect(begin(newCall(orgId, expected, { state: "executing" }))).rejects.toMatchObject({
        current: "stopped",
      });
      expect(order).toEqual([]);
      all = Promise.all([begun, stopped]);
    });
    await all;
    expect(order.toSorted()).toEqual(["begun", "stopped"]);
    await expect(begin(newCall(orgId, expected, { state: "executing" }))).rejects.toMatchObject({
      current: "stopped",
    });
    await storage.approvals.resume(orgId, "grace");
    expect(await begin(newCall(orgId, expected, { state: "executing" }))).toMatchObject({ fresh: true });
  });
});

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
