import { contractSetup, storageTest } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { claimRow, note, record, world } from "../../../core/src/testing/storage-world.ts";
import { freshDatabase, openers, openPg, servers } from "../../test/support/open.ts";
import { asAdmin } from "../../test/support/postgres-server.ts";
import { internals, pgStorage } from "../pg-storage.ts";

const table = "acme_people";

describe.each(openers)("%s", (_, open) => {
  it("links a company once that a record names itself and that its address names too", async () => {
    const opened = await open(contractSetup);
    try {
      const self = await world(storageTest(opened));
      const domain = { kind: "company", identity: "acme.test", reason: "email_domain", score: 0.9 } as const;
      const claim = claimRow({ identities: ["ada@acme.test"], company: { domain: "acme.test" } });
      await self.commit({
        records: [record("both", 1, { claim, links: [domain] }), record("address", 1, { claim })],
      });
      const { door } = (opened.storage as Awaited<ReturnType<typeof openPg>>)[internals];
      const { rows } = await door.inOrg(self.orgId, (tx) =>
        tx.query(
          `select external_id as key, seq, target, score::text from record_links
           where org_id = $1 and kind = 'company' order by 1, 2`,
          [self.orgId],
        ),
      );
      expect(rows).toEqual([
        { key: "address", seq: 0, target: "id:acme.test", score: "0.6" },
        { key: "both", seq: 0, target: "id:acme.test", score: "0.9" },
      ]);
    } finally {
      await opened.close();
    }
  });

  it("P7 a page that changed nothing writes no row and locks none: its rows are the very same tuples", async () => {
    const opened = await open(contractSetup);
    try {
      const test = storageTest(opened);
      const self = await world(test);
      const records = Array.from({ length: 50 }, (_, i) =>
        record(`k${i}`, 1, { claim: claimRow({ identities: [`p${i}@acme.test`] }) }),
      );
      await self.commit({ records });
      const { door } = (opened.storage as Awaited<ReturnType<typeof openPg>>)[internals];
      const tuples = () =>
        door.inOrg(self.orgId, async (tx) => {
          const found: unknown[] = [];
          for (const name of [table, "customer_claims", "customer_identities", "end_users", "record_links"]) {
            const { rows } = await tx.query(
              `select ctid::text, xmin::text, xmax::text from ${name} where org_id = $1 order by 1`,
              [self.orgId],
            );
            found.push(rows);
          }
          return found;
        });
      const before = await tuples();
      const again = await self.commit({
        records: records.map((row) => ({ ...row, observedAt: new Date() })),
      });
      expect(again).toMatchObject({ written: 0, unchanged: 50 });
      expect(await tuples()).toEqual(before);
    } finally {
      await opened.close();
    }
  });
});

describe.each(openers)("%s", (_, open) => {
  it.each([3, 150])("T27 hostile text comes back as it was, in a page of %d records", async (count) => {
    const opened = await open(contractSetup);
    try {
      const self = await world(storageTest(opened));
      const { door } = (opened.storage as Awaited<ReturnType<typeof openPg>>)[internals];
      const hostile = ["a\tb", "\\N", "\\.", "c\\\\d\r\ne", "'; drop table x; --", '{"q":"\\""}', "", "ü🙂"];
      const records = Array.from({ length: count }, (_, i) => {
        const text = `${hostile[i % hostile.length]}`;
        return record(`k\t${i}\\`, 1, {
          columns: { name: text },
          raw: JSON.stringify({ text, "b\\": "\n" }),
        });
      });
      await self.commit({ records });
      const { rows } = await door.inOrg(self.orgId, (tx) =>
        tx.query(`select external_id as key, name, raw from ${table} where org_id = $1 order by 1`, [
          self.orgId,
        ]),
      );
      const sent = records.map(({ key, columns, raw }) => ({
        key,
        name: columns.name,
        raw: JSON.parse(raw),
      }));
      expect(rows).toEqual(sent.sort((a, b) => (a.key < b.key ? -1 : 1)));
    } finally {
      await opened.close();
    }
  });
});

describe.each(openers)("%s", (_, open) => {
  it.each([3, 150])("columns of every type hold what was given, in a page of %d records", async (count) => {
    const kinds = ["text", "boolean", "bigint", "numeric", "timestamptz", "date", "jsonb"] as const;
    const columns = Object.fromEntries(kinds.map((kind) => [`a_${kind}`, kind]));
    const [first] = contractSetup.mirrors;
    const opened = await open({
      ...contractSetup,
      mirrors: [{ ...first, table: "acme_kinds", integration: "acme", stream: "people", columns }],
    });
    try {
      const self = await world(storageTest(opened));
      const inbox = await self.lease("inbox");
      const { door } = (opened.storage as Awaited<ReturnType<typeof openPg>>)[internals];
      const commit = async (prefix: string, given: (i: number) => Record<string, unknown>) => {
        const records = Array.from({ length: count }, (_, i) =>
          record(`${prefix}${i}`, 1, { columns: given(i) as Record<string, string> }),
        );
        await opened.storage.pages.commit({ ...self.page(inbox, { records }), table: "acme_kinds" });
        const { rows } = await door.inOrg(self.orgId, (tx) =>
          tx.query(
            `select a_text, a_boolean, a_bigint::text, a_numeric::text, a_date::text,
               a_jsonb from acme_kinds where org_id = $1 and external_id = $2`,
            [self.orgId, `${prefix}1`],
          ),
        );
        return rows[0];
      };
      const whole = await commit("w", () => ({
        a_text: "t\t\\N",
        a_boolean: false,
        a_bigint: 9_007_199_254_740_991,
        a_numeric: "12.50",
        a_timestamptz: "2024-02-29T23:30:00.123456-01:00",
        a_date: "2024-02-29",
        a_jsonb: { a: [1, "b"] },
      }));
      expect(whole).toEqual({
        a_text: "t\t\\N",
        a_boolean: false,
        a_bigint: "9007199254740991",
        a_numeric: "12.50",
        a_date: "2024-02-29",
        a_jsonb: { a: [1, "b"] },
      });
      // A time that only PostgreSQL can read, and values of other types where text is wanted.
      const odd = await commit("o", (i) => ({
        a_text: i % 2 ? 5 : { deep: true },
        a_timestamptz: "1 March 2024 00:30 UTC",
        a_jsonb: "just text",
      }));
      expect(odd).toEqual({
        a_text: "5",
        a_boolean: null,
        a_bigint: null,
        a_numeric: null,
        a_date: null,
        a_jsonb: "just text",
      });
      const { rows } = await door.inOrg(self.orgId, (tx) =>
        tx.query(
          `select distinct extract(epoch from a_timestamptz)::text as at from acme_kinds where org_id = $1 order by 1`,
          [self.orgId],
        ),
      );
      expect(rows).toEqual([{ at: "1709253000.000000" }, { at: "1709253000.123456" }]);
      await expect(commit("x", () => ({ a_timestamptz: "2024-02-30T00:00:00Z" }))).rejects.toMatchObject({
        code: "storage_failed",
      });
    } finally {
      await opened.close();
    }
  });
});

describe.each(servers)("%s", (_, server) => {
  it("a database that lets nobody make temporary tables takes pages too", async () => {
    const url = await freshDatabase(server);
    await asAdmin(server, (client) =>
      client.query(`revoke temporary on database ${new URL(url).pathname.slice(1)} from public`),
    );
    const storage = await openPg(url);
    try {
      const self = await world(storageTest({ storage, close: async () => {} }));
      const records = Array.from({ length: 150 }, (_, i) => record(`k${i}`, 1));
      expect(await self.commit({ records })).toMatchObject({ written: 150 });
    } finally {
      await storage.close();
    }
  });

  it("F63 pages with the same new records are stored once each, by whichever comes first", async () => {
    const storage = await openPg(await freshDatabase(server));
    try {
      const self = await world(storageTest({ storage, close: async () => {} }));
      const inbox = await self.lease("inbox");
      const records = Array.from({ length: 200 }, (_, i) => ({
        ...note(`n${i}`, 1, `words ${i}`),
        claim: claimRow({ identities: [`p${i}@acme.test`] }),
      }));
      const pages = [records, records, records.slice(50), records.toReversed()];
      const results = await Promise.all(
        pages.map((records) => storage.pages.commit(self.page(inbox, { stream: "notes", records }))),
      );
      expect(results.reduce((sum, { written }) => sum + written, 0)).toBe(200);
      expect(results.reduce((sum, { unchanged, stale }) => sum + unchanged + stale, 0)).toBe(550);
      expect((await storage.customers.counts(self.orgId)).endUsers).toBe(200);
      expect((await storage.knowledge.counts(self.orgId)).pending).toBe(200);
    } finally {
      await storage.close();
    }
  });

  it("the status says where vectors are ranked, and how many of them", async () => {
    const storage = pgStorage(await freshDatabase(server), { migrate: "auto" });
    try {
      const { notices } = await storage.open(contractSetup);
      const [extension] = await storage[internals].door.asControl(async (tx) => {
        return (await tx.query("select from pg_available_extensions where name = 'vector'")).rows;
      });
      const said = notices.some((notice) => /no pgvector.*newest 22,369,621 vectors/.test(notice));
      expect(said).toBe(extension === undefined);
    } finally {
      await storage.close();
    }
  });

  it("F63 commits that touch the same customers in other orders finish, and every link finds its customer", async () => {
    const storage = await openPg(await freshDatabase(server));
    try {
      const self = await world(storageTest({ storage, close: async () => {} }));
      const inbox = await self.lease("inbox");
      const people = Array.from({ length: 40 }, (_, i) => `p${i % 20}`);
      const commits = Array.from({ length: 12 }, (_, round) => {
        const keys = round % 2 === 0 ? people : people.toReversed();
        if (round % 3 === 2) {
          const records = keys.map((key, i) =>
            note(`n${round}-${i}`, 1, `words ${round} ${i}`, {
              links: [{ kind: "end_user", ref: { stream: "people", key }, reason: "association", score: 1 }],
            }),
          );
          return storage.pages.commit(self.page(inbox, { stream: "notes", records }));
        }
        const records = [...new Set(keys)].map((key) =>
          record(key, round, {
            claim: claimRow({ identities: [`${key}@acme.test`], fields: { name: `${round}` } }),
          }),
        );
        return storage.pages.commit(self.page(inbox, { records }));
      });
      await Promise.all(commits);
      const [stats] = await storage.pages.stats(self.orgId, self.connectionId, [
        { table: "acme_notes", stream: "notes" },
      ]);
      expect([stats?.records, stats?.linked]).toEqual([160, 160]);
      expect((await storage.customers.counts(self.orgId)).endUsers).toBe(20);
    } finally {
      await storage.close();
    }
  });
});
