// `npm run bench -- NAME [--json]`: runs bench/NAME.bench.ts and prints its table; without a name, what there is.
import { existsSync, globSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Bench, Row } from "./bench.ts";

const args = process.argv.slice(2);
const json = args.includes("--json");
const [name, ...rest] = args.filter((argument) => argument !== "--json");
// With --json the last line of stdout is the result; the table goes to stderr so that nothing else has to be skipped.
const print = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);

const file = join(import.meta.dirname, `${name}.bench.ts`);
if (name === undefined || !existsSync(file)) {
  for (const one of globSync("*.bench.ts", { cwd: import.meta.dirname }).sort()) {
    const { about } = await load(join(import.meta.dirname, one));
    print(`${basename(one, ".bench.ts").padEnd(12)} ${about}`);
  }
  if (name !== undefined) {
    console.error(`There is no benchmark "${name}".`);
    process.exitCode = 2;
  }
} else {
  const bench = await load(file);
  print(`${bench.name}: ${bench.about}`);
  const { notes = [], ratios, rows } = await bench.run({ args: rest, log: print });
  print(table(rows));
  for (const note of notes) print(note);
  print(
    `ratios: ${Object.entries(ratios)
      .map(([key, value]) => `${key} ${value.toFixed(3)}`)
      .join(", ")}`,
  );
  if (json) {
    const rounded = Object.entries(ratios).map(([key, value]) => [key, Number(value.toFixed(4))]);
    console.log(JSON.stringify({ name: bench.name, ratios: Object.fromEntries(rounded) }));
  }
}

async function load(path: string): Promise<Bench> {
  const module = (await import(pathToFileURL(path).href)) as { default: Bench };
  return module.default;
}

function table(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => text(row[column])));
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  return [columns, ...cells]
    .map((line) =>
      line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))),
    )
    .map((line) => line.join("  ").trimEnd())
    .join("\n");
}

function text(value: string | number | undefined): string {
  if (typeof value !== "number") return value ?? "";
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(value < 10 ? 3 : 1);
}
