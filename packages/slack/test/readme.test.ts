import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { slack } from "../src/index.ts";
import { readmeTables } from "./readme-tables.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What a table says, whatever its alignment. */
const cells = (table: string) =>
  table.split("\n").map((line) => line.split("|").map((cell) => cell.trim().replace(/^-+$/, "---")));

describe("README", () => {
  it.each(Object.entries(readmeTables(slack())))("its table of %s is the definition's", (name, table) => {
    const shown = readme.split(`<!-- ${name} -->\n`)[1]?.split(`\n<!-- /${name} -->`)[0];
    expect(cells(shown ?? "")).toEqual(cells(table));
  });

  it("has the headings that every integration has, in their order", () => {
    const headings = [...readme.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([
      "What it brings",
      "Set up at the vendor",
      "Use",
      "Webhooks",
      "Limits and oddities",
      "When it fails",
    ]);
  });
});
