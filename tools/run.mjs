// The door of every npm script. It runs on whatever Node a fresh machine has (20 and up), installs what is
// missing, and hands over to the Node that the workspace pins, so that nothing has to be installed by hand.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const [task = "", ...args] = process.argv.slice(2);

const source = "--conditions=@halo/source";
const tsc = ["tsc", "-p", ".", "--incremental", "--tsBuildInfoFile", "node_modules/.cache/tsc.tsbuildinfo"];
const tasks = {
  quickstart: [["node", source, "examples/quickstart/main.ts", ...args]],
  emulator: [["node", source, "packages/emulators/src/cli.ts", ...args]],
  bench: [["node", source, "--expose-gc", "bench/main.ts", ...args]],
  faults: [["node", source, "bench/faults/main.ts", ...args]],
  mutation: [["node", source, "tools/mutation.ts", ...args]],
  "eval:search": [["node", source, "bench/search-eval/main.ts", ...args]],
  "list-faults": [["node", source, "tools/faults.ts"]],
  test: [["node", source, "tools/test.ts", ...args]],
  build: [["node", source, "tools/build.ts", ...args]],
  typecheck: [tsc],
  lint: [["biome", "check", "--error-on-warnings", "."]],
  format: [["biome", "check", "--write", "."]],
  check: [["biome", "check", "--error-on-warnings", "."], tsc],
};

if (!Object.hasOwn(tasks, task)) {
  console.error(`No such task: ${task}. There are: ${Object.keys(tasks).join(", ")}.`);
  process.exit(2);
}
install();
for (const [command, ...rest] of tasks[task]) run(join(bin, command), rest);

/** Installs once for each state of the lockfile; later starts cost one hash. */
function install() {
  const stamp = join(root, "node_modules", ".halo-install");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.error(`Installing with ${packageManager} (once for each lockfile) …`);
  // Its output goes to stderr: `npm start -- --json` owns the last line of stdout.
  run("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], ["ignore", 2, 2]);
  writeFileSync(stamp, wanted);
}

function run(command, rest, stdio = "inherit") {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { status, signal } = spawnSync(command, rest, { cwd: root, stdio, env });
  if (status !== 0) process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}
