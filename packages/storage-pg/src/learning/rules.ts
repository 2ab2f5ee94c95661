import { randomUUID } from "node:crypto";
import type { LearningRule } from "@halo/core";
import { wakeIn } from "../leases/wake.ts";
import type { Door, Tx } from "../tenant.ts";

interface RuleRow {
  readonly id: string;
  readonly type: LearningRule["type"];
  readonly text: string;
  readonly prefix: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = "id, type, text, prefix, version, created_at, updated_at";

const toRule = (orgId: string, row: RuleRow): LearningRule => ({
  orgId,
  id: row.id,
  type: row.type,
  text: row.text,
  prefix: row.prefix,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export async function readRules(door: Door, orgId: string): Promise<readonly LearningRule[]> {
  const { rows } = await door.inOrg(orgId, (tx) => tx.query<RuleRow>(selectRules, [orgId]));
  return rows.map((row) => toRule(orgId, row));
}

const selectRules = `select ${columns} from learning_rules where org_id = $1 order by created_at, id`;

export async function putRule(
  door: Door,
  rule: Pick<LearningRule, "orgId" | "id" | "type" | "text" | "prefix">,
  at: Date,
): Promise<LearningRule> {
  const { id, orgId, prefix, text, type } = rule;
  return door.inOrg(orgId, async (tx) => {
    const before = (await tx.query<RuleRow>(lockRule, [orgId, id])).rows[0];
    if (before && before.type === type && before.text === text && before.prefix === prefix)
      return toRule(orgId, before);
    const { rows } = await tx.query<RuleRow>(upsertRule, [orgId, id, type, text, prefix, at]);
    await startWalks(tx, orgId, [prefix, before?.prefix ?? prefix]);
    const [row] = rows;
    if (!row) throw new Error("A rule was stored and is not there");
    return toRule(orgId, row);
  });
}

const lockRule = `select ${columns} from learning_rules where org_id = $1 and id = $2 for update`;

const upsertRule = `
  insert into learning_rules as r (org_id, id, type, text, prefix, version, created_at, updated_at)
  values ($1, $2, $3, $4, $5, 1, $6, $6)
  on conflict (org_id, id) do update set type = excluded.type, text = excluded.text, prefix = excluded.prefix,
    version = r.version + 1, updated_at = excluded.updated_at
  returning ${columns}`;

export async function deleteRule(door: Door, orgId: string, id: string): Promise<boolean> {
  return door.inOrg(orgId, async (tx) => {
    const { rows } = await tx.query<{ prefix: string }>(dropRule, [orgId, id]);
    await startWalks(
      tx,
      orgId,
      rows.map(({ prefix }) => prefix),
    );
    return rows.length > 0;
  });
}

const dropRule = "delete from learning_rules where org_id = $1 and id = $2 returning prefix";

export async function beginWalk(door: Door, orgId: string, prefix: string): Promise<void> {
  await door.inOrg(orgId, (tx) => startWalks(tx, orgId, [prefix]));
}

/** Anew, if one is under way: what it passed may have to be decided otherwise now. */
async function startWalks(tx: Tx, orgId: string, prefixes: readonly string[]): Promise<void> {
  for (const prefix of [...new Set(prefixes)].sort())
    await tx.query(insertWalk, [orgId, prefix, randomUUID()]);
  if (prefixes.length > 0) await wakeIn(tx, [{ kind: "index", orgId, subject: orgId }]);
}

const insertWalk = `
  insert into learning_walks (org_id, prefix, token) values ($1, $2, $3)
  on conflict (org_id, prefix) do update set token = excluded.token, after = null`;
