// What a built entry point costs its users: measured on the files of dist, as a bundler and as Node see them.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import type { Entry, Package } from "./packages.ts";

export interface BundleCost {
  /** Of the minified bundle and all that it loads at once; what it imports lazily is not in it. */
  readonly gzipBytes: number;
  /** Of all that it may ever load: what it imports lazily, and what that imports, is in it. */
  readonly allGzipBytes: number;
  /** The npm packages inside. */
  readonly packages: readonly string[];
  /** What stayed outside: Node's own modules, and the externals that were given. */
  readonly imports: readonly string[];
}

export interface BundleOptions {
  readonly platform?: "node" | "browser" | "neutral";
  readonly conditions?: readonly string[];
  readonly external?: readonly string[];
}

/** The file that `require`, or else `import`, of the entry gets under these conditions. */
export function entryFile(
  { folder, manifest }: Package,
  { subpath }: Entry,
  kind: "import" | "require" = "import",
  conditions: readonly string[] = ["node"],
): string {
  let found: unknown = manifest.exports?.[subpath];
  while (typeof found === "object" && found !== null) {
    found = Object.entries(found).find(([name]) => [kind, "default", ...conditions].includes(name))?.[1];
  }
  if (typeof found !== "string") throw new Error(`${manifest.name} ${subpath} has nothing for ${kind}`);
  return join(folder, found);
}

/** Bundles everything that the file exports. */
export async function bundleCost(file: string, options: BundleOptions = {}): Promise<BundleCost> {
  const { conditions = [], external = [], platform = "node" } = options;
  const { metafile, outputFiles } = await esbuild.build({
    stdin: { contents: `export * from ${JSON.stringify(file)};`, resolveDir: dirname(file) },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform,
    conditions: ["module", ...conditions],
    external: [...external],
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const outputs = metafile.outputs;
  const loaded = new Set<string>();
  const visit = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const { external: outside, kind, path } of outputs[name]?.imports ?? []) {
      if (outside !== true && kind === "import-statement") visit(path);
    }
  };
  visit(Object.keys(outputs).find((name) => outputs[name]?.entryPoint === "<stdin>") ?? "");
  const files = outputFiles.filter(({ path }) => [...loaded].some((name) => path.endsWith(name)));
  const inputs = [...loaded].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
  const imports = [...loaded].flatMap((name) => outputs[name]?.imports ?? []);
  return {
    gzipBytes: gzipBytes(files),
    allGzipBytes: gzipBytes(outputFiles),
    packages: [...new Set(inputs.flatMap(packageOf))].sort(),
    imports: [...new Set(imports.filter((one) => one.external).map(({ path }) => path))].sort(),
  };
}

function gzipBytes(files: readonly esbuild.OutputFile[]): number {
  return gzipSync(Buffer.concat(files.map(({ contents }) => contents)), { level: 9 }).length;
}

function packageOf(input: string): string[] {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
  return name === undefined ? [] : [name];
}

// Naming one of these makes Node load undici: 19–25 ms (PERFORMANCE §6).
const COSTLY_GLOBALS = ["fetch", "Request", "Response", "Headers", "FormData", "WebSocket", "EventSource"];

/** The costly globals that loading the file touches, in a process of its own. */
export function touchedGlobals(file: string): string[] {
  const script = `
    const touched = [];
    for (const name of ${JSON.stringify(COSTLY_GLOBALS)}) {
      const { get, value } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get() { touched.push(name); return get === undefined ? value : get.call(globalThis); },
      });
    }
    await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(JSON.stringify([...new Set(touched)]));
  `;
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", script],
    // The runner's own options (source conditions) would load something else than a user gets.
    { encoding: "utf8", env: { PATH: process.env["PATH"] } },
  );
  if (status !== 0) throw new Error(`${file} does not load:\n${stderr}`);
  return JSON.parse(stdout) as string[];
}

/** Wall time of a process that loads the file, or nothing, in milliseconds. */
export function loadMs(file: string | undefined): number {
  const script = file === undefined ? "0" : `await import(${JSON.stringify(pathToFileURL(file).href)})`;
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  if (status !== 0) throw new Error(`${file} does not load:\n${stderr}`);
  return performance.now() - started;
}

/** Peers stay outside of a bundle: the host brings them, once. */
export function peersOf({ manifest }: Package): string[] {
  return Object.keys(manifest.peerDependencies ?? {}).flatMap((name) => [name, `${name}/*`]);
}
