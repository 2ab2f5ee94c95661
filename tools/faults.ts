// docs/faults.md: every fault and threat with the tests that hold it. `npm run list-faults` rewrites the lists of tests
// and keeps what people wrote; `faults.test.ts` holds the page against the tests.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./packages.ts";
import { type TestTitle, testTitles } from "./test-titles.ts";

export const page = join(root, "docs/faults.md");

export interface Row {
  readonly id: string;
  readonly name: string;
  /** As `shown` writes them. */
  readonly tests: readonly string[];
  /** Why there are none ("not yet: …", "not applicable: …"), or what the tests leave open. */
  readonly note: string;
}

const ROW = /^\| ([FTA]\d+) \| (.*?) \| (.*) \|$/;

export function rowsOf(markdown: string): readonly Row[] {
  return markdown.split("\n").flatMap((line) => {
    const [, id, name = "", cell = ""] = ROW.exec(line) ?? [];
    if (id === undefined) return [];
    const parts = cell.split("<br>").filter((part) => part !== "");
    const tests = parts.filter((part) => part.startsWith("`"));
    return [{ id, name, tests, note: parts.filter((part) => !part.startsWith("`")).join(" ") }];
  });
}

export function lineOf({ id, name, tests, note }: Row): string {
  return `| ${id} | ${name} | ${[...tests, note].filter((part) => part !== "").join("<br>")} |`;
}

/** One test as the page names it. */
export function shown({ path, title }: TestTitle): string {
  const text = title.replace(/\s+/g, " ").replaceAll("<", "&lt;").replaceAll("|", "\\|");
  return `\`${path.replace(/^packages\//, "")}\` ${text}`;
}

/** What holds an id: an emulator's test of the fault that it plays says nothing about Halo. */
export function evidence(titles = testTitles()): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const one of titles) {
    if (one.path.startsWith("packages/emulators/")) continue;
    for (const id of one.ids) found.set(id, [...(found.get(id) ?? []), shown(one)]);
  }
  return found;
}

/** The ids that have to be on the page, from the specification; undefined where it is not on this machine. */
export function specifiedIds(): readonly string[] | undefined {
  const shared = process.env.HALO_SHARED ?? resolve(root, "../shared");
  const file = join(shared, "THREATS-AND-FAULTS.md");
  if (!existsSync(file)) {
    if (process.env.CI === "true") throw new Error("HALO_SHARED has no THREATS-AND-FAULTS.md.");
    return undefined;
  }
  const text = readFileSync(file, "utf8");
  const rows = [...text.matchAll(/^\| ([FT]\d{2}) \|/gm)].map(([, id = ""]) => id);
  const approvals = text.slice(text.indexOf("\n## 5. "));
  return [...rows, ...[...approvals.matchAll(/(?<=[\s.])(A\d{1,2})(?= )/g)].map(([, id = ""]) => id)];
}

/** What is untrue on the page, one sentence each. */
export function untruths(
  rows: readonly Row[],
  held: ReadonlyMap<string, readonly string[]>,
  specified: readonly string[],
): string[] {
  const said: string[] = [];
  const known = new Set([...held.values()].flat());
  const listed = new Set(rows.map(({ id }) => id));
  for (const id of specified) if (!listed.has(id)) said.push(`${id} has no row`);
  if (listed.size !== rows.length) said.push("an id has two rows");
  for (const { id, note, tests } of rows) {
    if (!specified.includes(id)) said.push(`${id} is no id of the specification`);
    for (const test of tests) {
      if (!known.has(test)) said.push(`${id} names a test that does not exist: ${test}`);
      else if (!held.get(id)?.includes(test)) said.push(`${id} names a test that does not carry it: ${test}`);
    }
    const open = /^not (yet|applicable): \S/.test(note);
    if (tests.length === 0 && !open) said.push(`${id} has neither a test nor a reason why not`);
    if (open && held.has(id)) said.push(`${id} says "${note}", and there is ${held.get(id)?.[0]}`);
  }
  return said;
}

function rewritten(markdown: string): string {
  const held = evidence();
  return markdown
    .split("\n")
    .map((line) => {
      const [row] = rowsOf(line);
      if (!row) return line;
      const tests = held.get(row.id) ?? [];
      const reason = row.note || "not yet: to be written";
      const note =
        tests.length > 0 && /^not (yet|applicable):/.test(reason) ? "" : tests.length > 0 ? row.note : reason;
      return lineOf({ ...row, tests, note });
    })
    .join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const before = readFileSync(page, "utf8");
  const after = rewritten(before);
  writeFileSync(page, after);
  console.log(before === after ? "docs/faults.md was true." : "docs/faults.md was rewritten.");
}
