import type { Lease } from "@halo/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PgStorage } from "../src/index.ts";
import { addVectors } from "../src/knowledge/add-vectors.ts";
import { searchLegs } from "../src/knowledge/legs.ts";
import { readVectorsOf } from "../src/knowledge/read-chunks.ts";
import { type SpaceTable, spaceTable, spaceTableSql } from "../src/knowledge/space.ts";
import { readUnembedded } from "../src/knowledge/unembedded.ts";
import { openPg } from "./support/open.ts";
import { asLogin, doorOf } from "./support/sql.ts";

const orgId = "org-spaces";
const staff = { scope: { kind: "staff" as const } };

let storage: PgStorage;
let lease: Lease;
beforeAll(async () => {
  storage = await openPg("memory://");
  await asLogin(
    storage,
    `insert into halo.documents (org_id, id, source_key, kind, title, text, format, audience, about_somebody, hash,
       status, queued_at, occurred_at)
     select $1, 'd' || n, 'acme:' || n, 'note', 'T', 'word ' || n || ' 😀tail', 'text', 'internal', false, 'h',
       'indexed', now(), timestamptz '2026-01-01' + n * interval '1 minute'
     from generate_series(1, 100) as n`,
    [orgId],
  );
  await asLogin(
    storage,
    `insert into halo.chunks (org_id, id, document_id, index, start, "end", hash, length)
     select $1, n * 2 + part, 'd' || n, part, case part when 0 then 0 else length('word ' || n || ' ') + 2 end,
       case part when 0 then length('word ' || n) else length('word ' || n || ' ') + 6 end, 'h' || n || part, 2
     from generate_series(1, 100) as n, generate_series(0, 1) as part`,
    [orgId],
  );
  await storage.leases.wake([{ kind: "index", orgId, subject: orgId }]);
  const [claimed] = await storage.leases.claim({ holder: "w", limit: 1, ttlMs: 600_000, kinds: ["index"] });
  if (!claimed) throw new Error("no index to work");
  lease = claimed;
});
afterAll(() => storage.close());

/** A table for another space, as the migrator would add it beside the first. */
async function another(dimensions: number, kind: SpaceTable["kind"]): Promise<SpaceTable> {
  const named = { id: `another-${dimensions}`, dimensions };
  const table = spaceTable(named, kind);
  const { schema, app } = doorOf(storage).names;
  await asLogin(storage, `set search_path to ${schema}`);
  for (const statement of spaceTableSql(named, table).split(";")) {
    if (statement.trim() !== "") await asLogin(storage, statement);
  }
  await asLogin(storage, `grant select, insert, delete on ${table.table} to ${app}`);
  return table;
}

describe.each(["vector", "bytes"] as const)("a new space kept as %s", (kind) => {
  it("F77 is filled beside the old one, the newest documents first, by several pieces a chunk", async () => {
    const door = doorOf(storage);
    const space = await another(5, kind);
    const first = await readUnembedded(door, space, lease, 3);
    expect(first.map(({ text, hash }) => [text, hash])).toEqual([
      ["word 100", "h1000"],
      ["tail", "h1001"],
      ["word 99", "h990"],
    ]);
    const near = Float32Array.of(0, 0, 0, 0, 1);
    const far = Float32Array.of(1, 0.5, 0, 0, 0.25);
    let given = 0;
    for (let rounds = 0; rounds < 10; rounds++) {
      const missing = await readUnembedded(door, space, lease, 64);
      given += await addVectors(
        door,
        space,
        lease,
        missing.map(({ chunkId, text }) => ({ chunkId, vectors: text === "word 7" ? [far, near] : [far] })),
      );
    }
    expect(given).toBe(200);
    expect(await readUnembedded(door, space, lease, 64)).toEqual([]);
    const asked = { terms: [], vector: near };
    const { nearest } = await searchLegs(door, space, orgId, asked, staff, { lexical: 0, nearest: 1 });
    const [hit] = nearest;
    expect(hit).toMatchObject({ documentId: "d7", index: 0 });
    expect(hit?.score).toBeCloseTo(1);
    expect((await readVectorsOf(door, space, orgId, ["h70"])).get("h70")).toEqual([far, near]);
    const again = [{ chunkId: hit?.chunkId ?? "", vectors: [far] }];
    expect(await addVectors(door, space, lease, again)).toBe(0);
    // The space that the store was opened with knows nothing of it.
    expect(await storage.knowledge.unembedded(lease, 500)).toHaveLength(200);
    expect(await storage.knowledge.nearest(orgId, Float32Array.of(1, 0, 0), staff, 5)).toEqual([]);
  });

  it("F77 refuses a vector of other dimensions before it writes any", async () => {
    const space = { ...spaceTable({ id: "another-5", dimensions: 5 }, kind) };
    const mixed = [
      { chunkId: "2", vectors: [new Float32Array(5)] },
      { chunkId: "3", vectors: [new Float32Array(3)] },
    ];
    await expect(addVectors(doorOf(storage), space, lease, mixed)).rejects.toMatchObject({
      code: "storage_failed",
    });
  });
});
