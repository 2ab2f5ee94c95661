// What the workspace's packages are, read from `packages/*` by pattern: a list kept by hand goes stale unseen.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..");

type Conditions = string | { readonly [condition: string]: Conditions };

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, Conditions>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly bin?: Readonly<Record<string, string>> };
  readonly [other: string]: unknown;
}

export interface Entry {
  /** `.`, `./webhooks`, … */
  readonly subpath: string;
  /** Absolute. */
  readonly source: string;
  /** Below `dist`, without its extension: `webhooks/index`. */
  readonly output: string;
  /** Built in two copies, with node:crypto and without, each of one file that imports no package. */
  readonly selfContained: boolean;
}

export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly entries: readonly Entry[];
}

export function packages(): Package[] {
  return globSync("packages/*/package.json", { cwd: root })
    .sort()
    .map((path) => readPackage(dirname(join(root, path))));
}

export function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  return { folder, manifest, entries: entriesOf(folder, manifest) };
}

/** Every file that an export's conditions can lead to. */
export function targets(conditions: Conditions): string[] {
  return typeof conditions === "string" ? [conditions] : Object.values(conditions).flatMap(targets);
}

/** The files of `dist` that an entry promises. */
export function built({ manifest }: Package, { subpath }: Entry): string[] {
  return targets(manifest.exports?.[subpath] ?? {}).filter((path) => path.startsWith("./dist/"));
}

export function isBuilt(one: Package, entry: Entry): boolean {
  return existsSync(entry.source) && built(one, entry).every((path) => existsSync(join(one.folder, path)));
}

function entriesOf(folder: string, { exports = {} }: Manifest): Entry[] {
  return Object.entries(exports).flatMap(([subpath, conditions]) => {
    if (typeof conditions === "string") return [];
    const source = conditions["@halo/source"];
    const [first] = targets(conditions).filter((path) => path.endsWith(".d.ts"));
    if (typeof source !== "string" || first === undefined) {
      throw new Error(`${folder}: exports["${subpath}"] names no "@halo/source" or no types`);
    }
    return {
      subpath,
      source: join(folder, source),
      output: first.slice("./dist/".length, -".d.ts".length),
      selfContained: targets(conditions).some((path) => path.endsWith(".portable.js")),
    };
  });
}
