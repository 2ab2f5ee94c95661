import { contractSetup } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { openers } from "../test/support/open.ts";
import { internals, type PgStorage } from "./pg-storage.ts";
import type { Tx } from "./tenant.ts";

const insert = "insert into watermarks (org_id, connection_id, stream) values ($1, 'c', $2)";

describe.each(openers)("%s", (_, open) => {
  it("what is sent without waiting is committed with the rest, or nothing is, and the first failure is told", async () => {
    const opened = await open(contractSetup);
    try {
      const { door } = (opened.storage as PgStorage)[internals];
      await door.inOrg("org", (tx) => tx.send(insert, ["org", "kept"]));
      const failures = [
        // The last of the transaction: nothing is awaited behind it but the commit.
        () =>
          door.inOrg("org", async (tx) => {
            await tx.query(insert, ["org", "lost"]);
            await tx.send(insert, ["org", "kept"]);
          }),
        () =>
          door.inOrg("org", async (tx) => {
            await tx.send(insert, ["org", "kept"]);
            await tx.query(insert, ["org", "lost too"]);
          }),
        () =>
          door.inOrg("org", async (tx) => {
            await tx.exec("create temporary table if not exists some_rows (a text) on commit drop");
            await tx.send(insert, ["org", "kept"]);
            await tx.copyIn("some_rows", ["a\n"], { role: door.names.app });
          }),
      ];
      for (const failure of failures) {
        await expect(failure()).rejects.toMatchObject({ code: "storage_failed", state: "23505" });
      }
      const { rows } = await door.inOrg("org", (tx) =>
        tx.query("select stream from watermarks where org_id = $1", ["org"]),
      );
      expect(rows).toEqual([{ stream: "kept" }]);
    } finally {
      await opened.close();
    }
  });

  it("what is sent at once is committed together or not at all, its commit may fail too, and later ones go on", async () => {
    const opened = await open(contractSetup);
    try {
      const { door } = (opened.storage as PgStorage)[internals];
      const streams = "select stream from watermarks where org_id = $1 order by stream";
      // Of a text that is not known yet, so that its plan is never made where it stands behind a failure.
      const late = `${insert} returning stream as late`;
      const atOnce = <T>(work: (tx: Tx) => Promise<T>) => door.inOrg("org", work, true);
      const both = (first: string, second: string) =>
        atOnce((tx) =>
          Promise.all([tx.query(insert, ["org", first]), tx.query(late, ["org", second])]).then(
            ([, { rows }]) => rows,
          ),
        );
      await atOnce((tx) => tx.query(insert, ["org", "kept"]));
      for (const lost of ["a", "b"])
        await expect(
          atOnce((tx) =>
            Promise.all([
              tx.query(insert, ["org", lost]),
              tx.query(insert, ["org", "kept"]),
              tx.query(late, ["org", "c"]),
            ]),
          ),
        ).rejects.toMatchObject({ code: "storage_failed", state: "23505" });
      await expect(
        atOnce((tx) =>
          Promise.all([
            tx.query(
              "create temporary table twice (a text unique deferrable initially deferred) on commit drop",
            ),
            tx.query(insert, ["org", "d"]),
            tx.query("insert into twice values ('a'), ('a')"),
          ]),
        ),
      ).rejects.toMatchObject({ code: "storage_failed", state: "23505" });
      const endless: { self?: unknown } = {};
      endless.self = endless;
      await expect(
        atOnce((tx) => Promise.all([tx.query(insert, ["org", "d"]), tx.query(insert, ["org", endless])])),
      ).rejects.toMatchObject({ code: "storage_failed" });
      expect(await both("e", "f")).toEqual([{ late: "f" }]);
      expect(await both("g", "h")).toEqual([{ late: "h" }]);
      const { rows } = await atOnce((tx) => tx.query<{ stream: string }>(streams, ["org"]));
      expect(rows.map(({ stream }) => stream)).toEqual(["e", "f", "g", "h", "kept"]);
      const { rows: nobody } = await door.asControl((tx) => tx.query(streams, ["org"]));
      expect(nobody).toEqual([]);
    } finally {
      await opened.close();
    }
  });

  it("no statement is compiled, however dear it looks: compiling takes longer than any of them", async () => {
    const opened = await open(contractSetup);
    try {
      const { door } = (opened.storage as PgStorage)[internals];
      const setting = "select current_setting('jit') as jit";
      for (const { rows } of [
        await door.inOrg("org", (tx) => tx.query(setting)),
        await door.inOrgs(["org"], (tx) => tx.query(setting)),
        await door.asControl((tx) => tx.query(setting)),
      ]) {
        expect(rows).toEqual([{ jit: "off" }]);
      }
    } finally {
      await opened.close();
    }
  });
});
