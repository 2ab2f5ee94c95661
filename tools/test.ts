// `npm test`: everything that has to hold, in one command. Ends with a line that any CI can read.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "./packages.ts";

interface Report {
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const rest = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "halo-test-"));
const file = join(folder, "report.json");
const began = Date.now();
let failed = false;

// Named files alone are a developer's inner loop: then only these are run.
if (rest.length === 0) {
  await step("format and lint", "biome", ["check", "--error-on-warnings", "."]);
  const cache = ["--incremental", "--tsBuildInfoFile", "node_modules/.cache/tsc.tsbuildinfo"];
  await Promise.all([
    step("types", "tsc", ["-p", ".", ...cache]),
    step("build", "node", ["--conditions=@halo/source", "tools/build.ts"]),
  ]);
}
await step("tests", "vitest", [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${file}`,
  ...rest,
]);
const report = readReport();
rmSync(folder, { recursive: true, force: true });
const { passed, broken, skipped } = summary(report);
console.log(`\n${passed} passed, ${broken} failed, ${skipped} skipped`);
process.exit(failed || broken > 0 || passed === 0 ? 1 : 0);

/** The tests show themselves while they run; steps side by side tell in one piece what they said. */
function step(name: string, command: string, args: readonly string[]): Promise<void> {
  const start = Date.now();
  const live = name === "tests";
  if (live) console.log(`\n— ${name}`);
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: live ? "inherit" : ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    const end = (ok: boolean, why = "") => {
      if (!ok) failed = true;
      const seconds = ((Date.now() - start) / 1_000).toFixed(1);
      console.log(`${said}${why}— ${name}: ${ok ? "ok" : "FAILED"} (${seconds} s)`);
      resolve();
    };
    child.once("error", (error) => end(false, `${error.message}\n`));
    child.once("close", (code) => end(code === 0));
  });
}

function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return undefined;
  }
}

function summary(report: Report | undefined): {
  readonly passed: number;
  readonly broken: number;
  readonly skipped: number;
} {
  if (!report) return { passed: 0, broken: 1, skipped: 0 };
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = all.filter(({ status }) => status === "passed").length;
  const left = all.filter(({ status }) => status !== "passed" && status !== "failed");
  const wrong = all.length - passed - left.length;
  // A file that could not be loaded has no failed test, and is a failure all the same.
  const unloaded = report.testResults.filter(({ assertionResults }) => assertionResults.length === 0).length;
  // Where a check must not pass unseen, one that was left out for want of a server or a folder has failed. What an
  // adapter or an emulator cannot do says so with its reason.
  const unseen =
    process.env.CI === "true" ? left.filter(({ fullName }) => !/\(skipped: .+\)/.test(fullName)) : [];
  for (const { fullName } of left) console.log(`skipped: ${fullName}`);
  // Few tests may be tried again; one that needs it is to be mended, and must not pass unseen.
  for (const { status, fullName, failureMessages } of all)
    if (status === "passed" && failureMessages.length > 0)
      console.log(`passed only the second time: ${fullName}`);
  if (unseen.length > 0)
    console.log(`With CI=true nothing may be skipped without a reason: ${unseen.length} were.`);
  if (rest.length === 0) showSlowest(report);
  const broken = wrong + unseen.length;
  return {
    passed,
    broken: broken === 0 && report.numFailedTestSuites > 0 ? Math.max(1, unloaded) : broken,
    skipped: left.length - unseen.length,
  };
}

/** Where the time goes, so that nobody has to guess when it becomes too much. */
function showSlowest({ testResults }: Report): void {
  const slowest = testResults
    .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1_000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 8);
  console.log(
    `\nSlowest of ${testResults.length} files, of ${((Date.now() - began) / 1_000).toFixed(0)} s in all:`,
  );
  for (const { name, seconds } of slowest)
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${relative(root, name)}`);
}
