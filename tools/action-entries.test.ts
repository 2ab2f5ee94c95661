import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { build } from "./build.ts";
import { bundleCost, entryFile, peersOf, touchedGlobals } from "./built-entry.ts";
import { packages } from "./packages.ts";
import { importsOf } from "./sources.ts";

/** A vendor's actions alone: whoever runs one pays for the client and the actions, and for no sync. */
const entries = packages()
  .filter(({ folder }) => existsSync(join(folder, "src/integration.ts")))
  .flatMap((one) =>
    one.entries
      .filter(({ subpath }) => subpath === "./actions")
      .map((entry) => ({ one, entry, title: `${one.manifest.name} ${entry.subpath}` })),
  );

beforeAll(async () => {
  await build(["core", ...entries.map(({ one }) => basename(one.folder))]);
}, 300_000);

/** Every file of the package that is loaded with this one. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { from, kind } of importsOf({ path: file, text: readFileSync(file, "utf8") })) {
    if (from.startsWith(".") && kind !== "type") loadedWith(join(dirname(file), from), seen);
  }
  return seen;
}

describe("P13 the actions of a vendor alone", () => {
  it("are there to be measured", () => {
    expect(entries).not.toEqual([]);
  });

  it.each(entries)("$title holds at most 30 KiB, zod aside", async ({ one, entry }) => {
    const cost = await bundleCost(entryFile(one, entry), {
      external: [...peersOf(one), "@opentelemetry/api"],
    });
    expect(cost.gzipBytes).toBeLessThanOrEqual(30 * 1_024);
  });

  it.each(entries)("$title loads no stream and no webhook", ({ one, entry }) => {
    const loaded = [...loadedWith(entry.source)].map((file) => relative(join(one.folder, "src"), file));
    expect(loaded.filter((file) => /^(streams|webhooks)\/|^(integration|index)\.ts$/.test(file))).toEqual([]);
  });

  it.each(entries)("$title touches neither fetch nor Request when it is loaded", ({ one, entry }) => {
    expect(touchedGlobals(entryFile(one, entry))).toEqual([]);
  });
});
