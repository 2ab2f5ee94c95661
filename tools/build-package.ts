// Builds the package in whose folder it is started; `tools/build.ts` decides when. tsup reads package.json from the
// working directory, hence a process for each package.
import { existsSync, globSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build, type Options } from "tsup";
import { type Entry, readPackage, root } from "./packages.ts";

const folder = process.cwd();
const { entries, manifest } = readPackage(folder);
const present = entries.filter(({ source }) => existsSync(source));
const plain = present.filter(({ selfContained }) => !selfContained);
const selfContained = present.filter((entry) => entry.selfContained);

// A folder's dist holds no leftovers of files that are gone.
rmSync(join(folder, "dist"), { recursive: true, force: true });

const shared = {
  config: false,
  silent: true,
  clean: false,
  outDir: "dist",
  target: "node22",
  tsconfig: join(root, "tsconfig.json"),
  removeNodeProtocol: false,
} satisfies Options;

// Programs and worker threads are files of their own, at the top of dist, where the code that starts them lies too.
const programs = [
  ...Object.values(manifest.publishConfig?.bin ?? {}).map((path) => `src/${basename(path, ".js")}.ts`),
  ...globSync("src/**/*-worker.ts"),
].filter((path) => existsSync(path));
const programEntries = Object.fromEntries(programs.map((path) => [basename(path, ".ts"), path]));

if (plain.length + programs.length > 0) {
  await build({
    ...shared,
    entry: { ...byOutput(plain), ...programEntries },
    format: ["esm", "cjs"],
    platform: "node",
    shims: true,
    splitting: true,
  });
}
if (selfContained.length > 0) {
  await build({
    ...shared,
    ...standalone("node"),
    entry: byOutput(selfContained),
  });
  await build({
    ...shared,
    ...standalone("neutral"),
    entry: byOutput(selfContained, ".portable"),
  });
}
if (present.length > 0) {
  await build({
    ...shared,
    entry: byOutput(present),
    format: ["esm", "cjs"],
    dts: { only: true, compilerOptions: { ignoreDeprecations: "6.0" } },
  });
}

/** One file that holds all it needs of the workspace, with the MAC that the platform's conditions choose. */
function standalone(platform: "node" | "neutral"): Options {
  return {
    format: ["esm", "cjs"],
    platform,
    splitting: false,
    treeshake: false,
    noExternal: [/^@halo\/core\/signing$/, /^#runtime$/],
    esbuildOptions(options) {
      // tsup would add the conditions of the folder's own tsconfig only for its types.
      options.conditions = ["@halo/source"];
    },
  };
}

function byOutput(list: readonly Entry[], suffix = ""): Record<string, string> {
  return Object.fromEntries(list.map(({ output, source }) => [output + suffix, source]));
}
