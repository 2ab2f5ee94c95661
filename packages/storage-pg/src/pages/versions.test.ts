import { contractSetup, storageTest } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { record, world } from "../../../core/src/testing/storage-world.ts";
import { openers } from "../../test/support/open.ts";
import { ends } from "./versions.ts";

it.each([
  [["b", "a", "c"], "a", "c"],
  [["a"], "a", "a"],
  [["9", "10"], "10", "9"],
  // Two units of UTF-16 each, and less than U+FFFD there: greater in UTF-8.
  [["\u{1F642}", "\uFFFD", "z"], "z", "\u{1F642}"],
])("the ends of %j are those of their bytes", (keys, least, greatest) => {
  expect(ends(keys)).toEqual([least, greatest]);
});

describe.each(openers)("%s", (_, open) => {
  it("what is stored is found again, however its key compares to those that came with it", async () => {
    const opened = await open(contractSetup);
    try {
      const self = await world(storageTest(opened));
      const known = ["10", "9", "a", "\uFFFD", "\u{1F642}", "é"];
      await self.commit({ records: known.map((key) => record(key, 1)) });
      for (const key of known) {
        expect(await self.commit({ records: [record(key, 1)] })).toMatchObject({ written: 0, unchanged: 1 });
      }
      const beside = ["0", "95", "b", "\uFFFC", "\u{1F643}", "~"].map((key) => record(key, 1));
      const again = [...beside, ...known.map((key) => record(key, 1))];
      expect(await self.commit({ records: again })).toMatchObject({ written: 6, unchanged: 6 });
    } finally {
      await opened.close();
    }
  });
});
