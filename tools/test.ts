// `npm test`: everything that has to hold, in one command. Ends with a line that any CI can read.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const rest = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "halo-test-"));
const report = join(folder, "report.json");
let failed = false;

// Named files alone are a developer's inner loop: then only these are run.
if (rest.length === 0) {
  step("format and lint", "biome", ["check", "--error-on-warnings", "."]);
  step("types", "tsc", ["-p", "."]);
  step("build", "node", ["--conditions=@halo/source", "tools/build.ts"]);
}
step("tests", "vitest", [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...rest,
]);
const { passed, failed: broken, skipped } = counts();
rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${broken} failed, ${skipped} skipped`);
process.exit(failed || broken > 0 || passed === 0 ? 1 : 0);

function step(name: string, command: string, args: readonly string[]): void {
  const began = Date.now();
  console.log(`\n— ${name}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) failed = true;
  console.log(
    `— ${name}: ${status === 0 ? "ok" : "FAILED"} (${((Date.now() - began) / 1_000).toFixed(1)} s)`,
  );
}

function counts(): { readonly passed: number; readonly failed: number; readonly skipped: number } {
  try {
    const result = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
    const {
      numPassedTests = 0,
      numFailedTests = 0,
      numPendingTests = 0,
      numTodoTests = 0,
      numFailedTestSuites = 0,
    } = result;
    // A file that could not be loaded has no failed test, and is a failure all the same.
    return {
      passed: numPassedTests,
      failed: Math.max(
        numFailedTests,
        numFailedTestSuites > 0 && numFailedTests === 0 ? numFailedTestSuites : 0,
      ),
      skipped: numPendingTests + numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
