import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./packages.ts";
import { sources } from "./sources.ts";

const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)) && statSync(join(root, path)).isFile())
  .sort();

// Sources longer than this hold a second subject, or are here with the reason why not. Tests are as long as their
// subject's list of refusals.
const MAX_LINES = 400;
const LONG: { readonly [path: string]: string } = {
  "packages/core/src/memory/learning.ts":
    "the reference adapter of one room, each promise in its shortest form",
  "packages/core/src/testing/broken-approvals.ts": "a list: one sabotage for each promise of approvals",
  "packages/core/src/testing/broken-storage.ts": "a list: one sabotage for each promise of the port",
  "packages/core/src/testing/promises/approval-promises.ts": "a list: the promises of one room",
  "packages/core/src/testing/promises/customer-promises.ts": "a list: the promises of one room",
  "packages/core/src/testing/promises/knowledge-promises.ts": "a list: the promises of one room",
  "packages/core/src/testing/promises/learning-promises.ts": "a list: the promises of one room",
  "packages/core/src/testing/promises/page-promises.ts": "a list: the promises of one room",
  "packages/emulators/src/hubspot/seed/topics.ts": "data: the sentences that seeded texts are made of",
};

describe("names", () => {
  it("are kebab-case", () => {
    const allowed =
      /^(\.?[a-z0-9]+([-.][a-z0-9]+)*|\d{4}_[a-z0-9_]+\.sql|(README|CONTRIBUTING|SECURITY|CHANGELOG)\.md|LICENSE|__snapshots__|[a-z0-9.-]+\.snap)$/;
    const odd = tracked.filter((path) => !path.split("/").every((part) => allowed.test(part)));
    expect(odd).toEqual([]);
  });

  it("name a subject", () => {
    const empty = /^(utils?|helpers?|commons?|managers?|misc|stuff|lib)$/;
    const words = (path: string) => path.split(/[/.-]/);
    expect(tracked.filter((path) => words(path).some((word) => empty.test(word)))).toEqual([]);
  });

  it("of decision records begin with their date", () => {
    const records = tracked.filter((path) => path.startsWith("docs/decisions/"));
    expect(
      records.filter((path) => !/^\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$/.test(basename(path)) || pages(path) > 1),
    ).toEqual([]);
  });

  /** Of 80 lines of 110 characters, rounded up. */
  function pages(path: string): number {
    const text = readFileSync(join(root, path), "utf8");
    const lines = text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 110)), 0);
    return Math.ceil(lines / 80);
  }
});

describe("lengths", () => {
  const long = sources(["{packages,examples,bench,tools}/**/*.ts"])
    .filter(({ path }) => !path.endsWith(".test.ts"))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path }) => path);

  it(`past ${MAX_LINES} lines have a reason`, () => {
    expect(long.filter((path) => LONG[path] === undefined)).toEqual([]);
  });

  it("that have a reason need one", () => {
    expect(Object.keys(LONG).filter((path) => !long.includes(path))).toEqual([]);
  });
});

describe("texts", () => {
  // Put together here, so that this file does not hold what it looks for.
  const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
    ["this machine's folders", new RegExp(`(?<![\\w.~-])/(${["work", "root"].join("|")})/[a-z]`)],
    ["somebody's home", /(?<![\w.$}~-])\/(home|Users)\/[a-z][\w-]*\/|\b[A-Z]:\\Users\\/],
    [
      "a registry's host",
      new RegExp(
        `\\b(registry|npm|artifactory|nexus)\\.[a-z0-9-]+\\.(${"org com net io dev local internal".split(" ").join("|")})\\b`,
      ),
    ],
    ["a merge that was never finished", /^(<{7}|>{7}) /m],
    ["a focused test", /\b(it|test|describe)\.only\(/],
  ];
  const texts = tracked
    .filter((path) => path !== "tools/files.test.ts")
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .filter(({ text }) => !text.includes("\0"));

  it.each(FORBIDDEN)("hold no trace of %s", (_, pattern) => {
    const found = texts.flatMap(({ path, text }) => {
      const hit = pattern.exec(text);
      return hit ? [`${path}: ${hit[0]}`] : [];
    });
    expect(found).toEqual([]);
  });
});
