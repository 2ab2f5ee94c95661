// `npm run build [-- NAME …] [--force]`: packages/* → dist, ESM and CommonJS with types for both. A package whose
// files, and whose packages' files, did not change since its last build is left alone.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isBuilt, type Package, packages, root } from "./packages.ts";

const cache = join(root, "node_modules", ".cache", "halo-build");
const AT_ONCE = 2;

/** Builds what changed; resolves to the names of the packages that were built. Rejects with a build's own output. */
export async function build(names: readonly string[] = [], { force = false } = {}): Promise<string[]> {
  mkdirSync(cache, { recursive: true });
  const release = await lock();
  try {
    return await buildStale(names, force);
  } finally {
    release();
  }
}

/** One build at a time: test files that each ask for one run side by side. A lock of a dead process is taken over. */
async function lock(): Promise<() => void> {
  const file = join(cache, "lock");
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (isDead(file)) rmSync(file, { force: true });
      else await wait(100);
    }
  }
}

function isDead(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return false;
  } catch (error) {
    // The file may have gone, or not be written yet: then ask again.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function buildStale(names: readonly string[], force: boolean): Promise<string[]> {
  const all = packages();
  const wanted = all.filter(({ folder }) => names.length === 0 || names.includes(basename(folder)));
  const queue = wanted.filter((one) => force || !isCurrent(one, all));
  const done = queue.map(({ folder }) => basename(folder));
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const hash = contentHash(one, all);
      await buildPackage(one);
      writeFileSync(stamp(one), hash);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}

function isCurrent(one: Package, all: readonly Package[]): boolean {
  if (!existsSync(stamp(one)) || readFileSync(stamp(one), "utf8") !== contentHash(one, all)) return false;
  return one.entries.every((entry) => !existsSync(entry.source) || isBuilt(one, entry));
}

function stamp({ folder }: Package): string {
  return join(cache, basename(folder));
}

/** Of everything that decides what comes out, the packages it imports included: signing is bundled into its users. */
function contentHash(one: Package, all: readonly Package[]): string {
  const hash = createHash("sha256");
  const { dependencies = {} } = one.manifest;
  const folders = [one, ...all.filter(({ manifest }) => manifest.name in dependencies)];
  const files = folders.flatMap(({ folder }) => [
    join(folder, "package.json"),
    ...globSync("src/**/*.{ts,sql}", { cwd: folder })
      .filter((path) => !path.endsWith(".test.ts"))
      .map((path) => join(folder, path)),
  ]);
  const shared = [
    "tools/build.ts",
    "tools/build-package.ts",
    "tools/packages.ts",
    "tsconfig.json",
    "pnpm-lock.yaml",
  ];
  for (const file of [...files, ...shared.map((path) => join(root, path))].sort()) {
    hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function buildPackage({ folder }: Package): Promise<void> {
  const script = join(import.meta.dirname, "build-package.ts");
  const child = spawn(process.execPath, [script], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${basename(folder)} does not build:\n${output}`));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const names = args.filter((argument) => !argument.startsWith("--"));
  const started = performance.now();
  try {
    const done = await build(names, { force: args.includes("--force") });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(done.length === 0 ? "Nothing changed." : `Built ${done.join(", ")} in ${seconds} s.`);
    for (const { folder, entries } of packages()) {
      for (const { source, subpath } of entries) {
        if (!existsSync(source))
          console.log(`skipped: ${basename(folder)} ${subpath} (no ${source.slice(root.length + 1)})`);
      }
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
