import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evidence, lineOf, page, rowsOf, specifiedIds, untruths } from "./faults.ts";
import { titlesOf } from "./test-titles.ts";

describe("docs/faults.md", () => {
  const rows = rowsOf(readFileSync(page, "utf8"));

  it("tells the truth about every test that it names (`npm run list-faults` rewrites the lists)", () => {
    const ids = rows.map(({ id }) => id);
    expect(untruths(rows, evidence(), ids)).toEqual([]);
  });

  it("has a row for each id of the specification, and no other", ({ skip }) => {
    const specified = specifiedIds();
    if (!specified) return skip("no vendor specs (HALO_SHARED)");
    expect(specified).toHaveLength(new Set(specified).size);
    expect(rows.map(({ id }) => id).sort()).toEqual([...specified].sort());
  });
});

describe("the check of docs/faults.md", () => {
  const titles = titlesOf({
    path: "packages/core/src/x.test.ts",
    text: `
      describe("F01 a group", () => { it("without an id", () => {}); });
      it.each([[1]])("F02 T05 row %s | <b>", () => {});
      it(\`F03 of \${"three"} kinds\`, () => {});
      it.skip("F04 is skipped", () => {});
      it.todo("F04 is to be written");
      export const promise = { title: "A1 a promise", run() {} };
      const title = "F04 is no title"; // it("F04 is a comment")
    `,
  });
  const held = evidence(titles);

  it("finds titles in all their forms, and none of what does not run", () => {
    expect([...held.keys()]).toEqual(["F01", "F02", "T05", "F03", "A1"]);
    expect(held.get("F02")).toEqual(["`core/src/x.test.ts` F02 T05 row %s \\| &lt;b>"]);
  });

  it("counts no test of an emulator", () => {
    expect(evidence(titles.map((one) => ({ ...one, path: "packages/emulators/src/x.test.ts" }))).size).toBe(
      0,
    );
  });

  it("reads what it writes", () => {
    const row = { id: "F02", name: "x", tests: held.get("F02") ?? [], note: "under load not yet" };
    expect(rowsOf(lineOf(row))).toEqual([row]);
  });

  const row = { id: "F01", name: "x", tests: held.get("F01") ?? [], note: "" };
  it.each([
    ["an id without a row", [], "F01 has no row"],
    ["an id that is none", [row, { ...row, id: "F99" }], "F99 is no id"],
    ["two rows of one id", [row, row], "an id has two rows"],
    [
      "a test that does not exist",
      [{ ...row, tests: ["`core/src/x.test.ts` F01 a gruop"] }],
      "does not exist",
    ],
    ["a test of another id", [{ ...row, tests: held.get("F03") ?? [] }], "does not carry it"],
    ["neither test nor reason", [{ ...row, tests: [] }], "neither a test nor a reason"],
    ["no reason after not yet", [{ ...row, tests: [], note: "not yet" }], "neither a test nor a reason"],
    ["not yet although there is one", [{ ...row, tests: [], note: "not yet: later" }], 'F01 says "not yet'],
  ])("refuses %s", (_, rows, said) => {
    expect(untruths(rows, held, ["F01"])).toContainEqual(expect.stringContaining(said));
  });

  it("accepts a row that is true", () => {
    expect(untruths([row], held, ["F01"])).toEqual([]);
  });
});
