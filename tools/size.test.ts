import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { build } from "./build.ts";
import { bundleCost, entryFile, peersOf, touchedGlobals } from "./built-entry.ts";
import { isBuilt, packages, root } from "./packages.ts";

const KIB = 1_024;
const all = packages().flatMap((one) =>
  one.entries.map((entry) => ({ one, entry, title: `${one.manifest.name} ${entry.subpath}` })),
);
const verifiers = all.filter(({ entry }) => entry.selfContained);
// Core and the integrations are loaded by every host; the rest is tooling, or lives on a driver that needs what it needs.
const libraries = all.filter(
  ({ one, entry }) =>
    (one.manifest.name === "@halo/core" || "./webhooks" in (one.manifest.exports ?? {})) &&
    entry.subpath !== "./testing",
);

beforeAll(async () => {
  await build(libraries.map(({ one }) => basename(one.folder)));
}, 300_000);

describe("P13 an entry point's cost", () => {
  it.each(verifiers)(
    "$title is one file of at most 3 KiB that imports no package",
    async ({ one, entry }) => {
      const { gzipBytes, imports, packages: inside } = await bundleCost(entryFile(one, entry));
      expect(gzipBytes).toBeLessThanOrEqual(3 * KIB);
      expect(inside).toEqual([]);
      expect(imports).toEqual(["node:buffer"]);
      for (const kind of ["import", "require"] as const) {
        const text = readFileSync(entryFile(one, entry, kind), "utf8");
        const asked = [...text.matchAll(/(?:from\s+|import\s+|require\()"([^"]+)"/g)].map(([, name]) => name);
        expect(asked).toEqual(["node:buffer"]);
      }
    },
  );

  it.each(
    verifiers.flatMap((verifier) =>
      ["workerd", "edge-light", "browser"].map((condition) => ({ ...verifier, condition })),
    ),
  )(
    "$title holds no Node module under $condition, and its own MAC in 1 KiB more",
    async ({ one, entry, condition }) => {
      for (const kind of ["import", "require"] as const) {
        const file = entryFile(one, entry, kind, [condition, "node"]);
        expect(readFileSync(file, "utf8")).not.toMatch(/"node:|getBuiltinModule|require\("/);
      }
      const file = entryFile(one, entry, "import", [condition]);
      const { gzipBytes, imports } = await bundleCost(file, { platform: "neutral" });
      expect(imports).toEqual([]);
      expect(gzipBytes).toBeLessThanOrEqual(4 * KIB);
    },
  );

  // What importing the entry loads, minified and packed, which is what every host pays. What createHalo loads when it is
  // called (actions, and the worker with its pulls), and what a first request or a first page of HTML loads, is not
  // in it; `npm run bench -- size` shows both sums.
  it("@halo/core . loads at most 60 KiB when it is imported, zod aside", async () => {
    const core = all.find(({ title }) => title === "@halo/core .");
    if (core === undefined) return expect.unreachable("there is no core");
    const { gzipBytes } = await bundleCost(entryFile(core.one, core.entry), { external: peersOf(core.one) });
    expect(gzipBytes).toBeLessThanOrEqual(60 * KIB);
  });

  const actions = libraries.filter(({ entry }) => entry.subpath === "./actions");

  it.each(actions)("$title holds at most 30 KiB, zod aside, and no Node module", async ({ one, entry }) => {
    const external = peersOf(one);
    const cost = await bundleCost(entryFile(one, entry), { platform: "neutral", external });
    expect(cost.gzipBytes).toBeLessThanOrEqual(30 * KIB);
    expect(cost.imports.filter((name) => !external.includes(name))).toEqual([]);
  });

  it.each(libraries)("$title touches neither fetch nor Request when it is loaded", ({ one, entry }) => {
    if (!isBuilt(one, entry)) return expect.unreachable(`${entry.source} is missing`);
    expect(touchedGlobals(entryFile(one, entry))).toEqual([]);
  });
});

/** The slice of the built module that is tried. */
interface Verifier {
  readonly isHaloError: (error: unknown, code: string) => boolean;
  readonly [verify: `verify${string}Webhook`]: (delivery: Readonly<Record<string, unknown>>) => void;
}

interface Vector {
  readonly valid: boolean;
  readonly now_ms: number;
  readonly [field: string]: unknown;
}

describe.each([
  ["hubspot", "verifyHubSpotWebhook", { versions: ["v1", "v2", "v3"] }],
  ["slack", "verifySlackWebhook", {}],
  ["stripe", "verifyStripeWebhook", {}],
  ["zoom", "verifyZoomWebhook", {}],
  ["fathom", "verifyFathomWebhook", {}],
] as const)("@halo/%s/webhooks as it is built", (vendor, verify, options) => {
  const entry = verifiers.find(({ title }) => title === `@halo/${vendor} ./webhooks`);
  const fixture = join(root, "packages", vendor, "test/fixtures/signed-deliveries.json");
  const { vectors } = JSON.parse(readFileSync(fixture, "utf8")) as { vectors: Vector[] };

  it.each([
    ["import", "node"],
    ["require", "node"],
    ["import", "workerd"],
    ["require", "workerd"],
  ] as const)("T01 agrees with every fixture by %s under %s", async (kind, condition) => {
    if (entry === undefined) return expect.unreachable("there is no verifier");
    const file = entryFile(entry.one, entry.entry, kind, [condition]);
    const module =
      kind === "require" ? createRequire(import.meta.url)(file) : await import(pathToFileURL(file).href);
    const built = module as Verifier;
    for (const { now_ms, valid, ...vector } of vectors) {
      let accepted = true;
      try {
        built[verify]?.({ ...vector, now: now_ms, ...options });
      } catch (error) {
        expect(built.isHaloError(error, "webhook_unverified")).toBe(true);
        accepted = false;
      }
      expect(accepted).toBe(valid);
    }
  });
});
