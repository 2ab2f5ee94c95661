import { build } from "../tools/build.ts";
import { bundleCost, entryFile, loadMs, peersOf, touchedGlobals } from "../tools/built-entry.ts";
import { isBuilt, packages } from "../tools/packages.ts";
import type { Bench, Row } from "./bench.ts";
import { median } from "./measure.ts";

const ROUNDS = 9;
const BUDGET_KIB: Readonly<Record<string, number>> = { verifier: 3, core: 60 };

const bench: Bench = {
  name: "size",
  about:
    "P13: what each built entry point weighs (bundled, minified, gzip, peers aside) and adds to a start of node",
  async run({ log }) {
    log("building what changed …");
    await build();
    const rows: Row[] = [];
    const ratios: Record<string, number> = {};
    const entries = packages().flatMap((one) =>
      one.entries.filter((entry) => isBuilt(one, entry)).map((entry) => ({ one, entry })),
    );
    const files = entries.map(({ one, entry }) => entryFile(one, entry));
    const loads = measureLoads(files);
    for (const [at, { one, entry }] of entries.entries()) {
      const file = files[at] as string;
      const cost = await bundleCost(file, { external: peersOf(one) });
      const kib = cost.gzipBytes / 1_024;
      const kind = entry.selfContained ? "verifier" : entry.subpath === "." ? one.manifest.name.slice(6) : "";
      const budget = BUDGET_KIB[kind];
      // Above 1: lighter than it may be.
      if (budget !== undefined)
        ratios[`P13.${one.manifest.name.slice(6)}${entry.subpath.slice(1)}`] = budget / kib;
      rows.push({
        entry: `${one.manifest.name}${entry.subpath.slice(1)}`,
        "KiB gz": kib,
        budget: budget ?? "",
        "with late": cost.allGzipBytes / 1_024,
        "packages inside": cost.packages.length,
        "+ms": loads[at] ?? Number.NaN,
        "touches at load": touchedGlobals(file).join(" "),
      });
    }
    ratios["P13"] = Math.min(...Object.values(ratios));
    return {
      ratios,
      rows,
      notes: [
        "ratios: budget over weight. +ms: median over bare node, rounds interleaved.",
        "KiB gz: what importing the entry loads; with late: all that it may ever load besides its peers.",
      ],
    };
  },
};
export default bench;

/** By file: the median of what loading it adds to a process, in milliseconds. */
function measureLoads(files: readonly string[]): number[] {
  const added: number[][] = files.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    const bare = loadMs(undefined);
    for (const [at, file] of files.entries()) added[at]?.push(loadMs(file) - bare);
  }
  return added.map(median);
}
