import { contractSetup } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { openers } from "../../test/support/open.ts";
import { internals, type PgStorage } from "../pg-storage.ts";
import { columns, text, textArray } from "./columns.ts";

describe.each(openers.slice(0, 1))("%s", (_, open) => {
  it("T27 rows arrive as they were sent, whatever characters stand in them", async () => {
    const hostile = ['a"b', "c\\d", "{e,f}", "", "NULL", "g\n\t'h", '\\"', "ü🙂"];
    const rows = [
      { text: hostile[0], list: hostile },
      { text: undefined, list: [] },
      { text: hostile[6], list: [hostile[6] ?? ""] },
    ];
    const opened = await open(contractSetup);
    try {
      const { door } = (opened.storage as PgStorage)[internals];
      const values = columns(rows, [text((row) => row.text), text((row) => textArray(row.list))]);
      const found = await door.inOrg("org", (tx) =>
        tx.query(
          "select x.text, x.list::text[] as list from unnest($1::text[], $2::text[]) as x(text, list)",
          values,
        ),
      );
      expect(found.rows).toEqual(rows.map(({ text, list }) => ({ text: text ?? null, list })));
    } finally {
      await opened.close();
    }
  });
});
