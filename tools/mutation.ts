// `npm run mutation [part …] [--incremental]`: breaks lines on purpose and has the tests notice (Stryker). Not in CI: it takes
// minutes. What survives is explained in docs/mutation.md. With `--incremental` only what changed since the last run of the part is
// run anew: for writing tests; figures come from whole runs.
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./packages.ts";

interface Part {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

/**
 * Halo loads these when it is made. Loaded within a test, what they hold as constants would be taken for that test's alone, and no
 * other would be asked whether it notices.
 */
const late = "packages/core/src/actions/engine-actions.ts";

const core = "packages/core/src";

/** What a mistake would cost most, and the tests that hold it. */
const parts: { readonly [name: string]: Part } = {
  approvals: {
    mutate: [`${core}/approvals/{approver,policy,proof,proposal-hash,review}.ts`],
    tests: [`${core}/approvals/{approvals,approvals-*,approver,policy,proof,proposal-hash,review}.test.ts`],
  },
  showing: {
    mutate: [`${core}/approvals/{audit-chain,audit-verify,card,check-approval,visible-text}.ts`],
    tests: [
      `${core}/approvals/{audit-*,card,check-approval,reconcile-by-hand}.test.ts`,
      `${core}/actions/tools.test.ts`,
    ],
  },
  executing: {
    mutate: [`${core}/approvals/{decide,execute-approved,expire,look-times,propose,tell}.ts`],
    tests: [
      `${core}/approvals/{approvals,approvals-*,decide,execute-approved,expire,look-times,propose}.test.ts`,
    ],
  },
  reconciling: {
    mutate: [`${core}/approvals/{reconcile,reconcile-by-hand}.ts`],
    tests: [`${core}/approvals/{reconcile,reconcile-by-hand}.test.ts`],
  },
  clicks: {
    mutate: [`${core}/approvals/{clicks,tell-people}.ts`],
    tests: [`${core}/approvals/{clicks,tell-people}.test.ts`],
  },
  gates: {
    mutate: [`${core}/gate/!(*.test).ts`, `${core}/actions/check.ts`],
    tests: [`${core}/gate/*.test.ts`, `${core}/actions/{check,invoke}.test.ts`],
  },
  consent: {
    mutate: [`${core}/actions/{ask-approver,confirmations,consent}.ts`],
    tests: [`${core}/actions/{ask-approver,consent,invoke,run-action}.test.ts`],
  },
  canonical: {
    mutate: [`${core}/actions/canonical.ts`],
    tests: [`${core}/actions/canonical.test.ts`],
  },
  sealing: {
    mutate: [`${core}/connect/{seal,key-ring}.ts`],
    tests: [`${core}/connect/{seal,key-ring}.test.ts`],
  },
  signing: {
    mutate: [`${core}/signing/!(*.test).ts`],
    tests: [`${core}/signing/*.test.ts`],
  },
  fathom: verifier("fathom"),
  hubspot: verifier("hubspot"),
  slack: verifier("slack"),
  stripe: verifier("stripe"),
  zoom: verifier("zoom"),
};

/** Folders of which every file belongs to a part, so that none is left out unseen. */
const whole = ["approvals", "gate", "signing"].map((folder) => `${core}/${folder}/!(*.test).ts`);

const least = 85;
const args = process.argv.slice(2);
const incremental = args.includes("--incremental");
const wanted = args.filter((arg) => arg !== "--incremental");
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
const covered = new Set(Object.values(parts).flatMap(({ mutate }) => globSync(mutate, { cwd: root })));
const forgotten = globSync(whole, { cwd: root }).filter((path) => !covered.has(path));
if (unknown.length > 0 || forgotten.length > 0) {
  if (unknown.length > 0)
    console.error(`No such part: ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}.`);
  if (forgotten.length > 0) console.error(`In no part: ${forgotten.join(", ")}.`);
  process.exit(2);
}

const folder = join(root, "node_modules/.cache/mutation");
mkdirSync(folder, { recursive: true });
const scores: string[] = [];
let failed = false;
for (const [name, { mutate, tests }] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const report = join(folder, `${name}.json`);
  const config = join(folder, `${name}.config.json`);
  rmSync(report, { force: true });
  writeFileSync(
    config,
    JSON.stringify({
      testRunner: "vitest",
      plugins: ["@stryker-mutator/vitest-runner"],
      vitest: { configFile: "tools/vitest-mutation.config.ts", related: false },
      mutate,
      inPlace: false,
      coverageAnalysis: "perTest",
      incremental,
      incrementalFile: join(folder, `${name}.incremental.json`),
      reporters: ["json", "clear-text", "progress-append-only"],
      clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
      jsonReporter: { fileName: report },
      // Words for people are held by no test but their own.
      mutator: { excludedMutations: ["StringLiteral"] },
      concurrency: 2,
      timeoutMS: 10_000,
      tempDirName: join(folder, `sandbox-${name}`),
      ignorePatterns: ["**/dist", "bench", "examples", "docs"],
      thresholds: { high: 95, low: least, break: null },
      disableTypeChecks: false,
      allowConsoleColors: false,
    }),
  );
  const first = mutate.some((path) => path.startsWith(`${core}/approvals/`)) ? late : "";
  const began = performance.now();
  const { status } = spawnSync("stryker", ["run", config], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, HALO_MUTATION_TESTS: tests.join(" "), HALO_MUTATION_FIRST: first },
  });
  if (status !== 0) {
    console.error(`${name}: not measured, Stryker ended with ${status}.`);
    failed = true;
    continue;
  }
  const { score, text } = scoreOf(report);
  scores.push(`${name}: ${text}, ${Math.round((performance.now() - began) / 1_000)} s`);
  if (score < least) failed = true;
}
console.log(scores.join("\n"));
process.exit(failed ? 1 : 0);

function verifier(vendor: string): Part {
  const webhooks = `packages/${vendor}/src/webhooks`;
  return { mutate: [`${webhooks}/verify.ts`], tests: [`${webhooks}/{verify*,receive}.test.ts`] };
}

/** Noticed mutants of all that tests reach or should have reached. */
function scoreOf(report: string): { readonly score: number; readonly text: string } {
  const { files } = JSON.parse(readFileSync(report, "utf8")) as {
    files: { readonly [path: string]: { readonly mutants: readonly { readonly status: string }[] } };
  };
  const mutants = Object.values(files).flatMap((file) => file.mutants);
  const count = (wanted: string) => mutants.filter(({ status }) => status === wanted).length;
  const [killed, timeout] = [count("Killed"), count("Timeout")];
  const [survived, unreached] = [count("Survived"), count("NoCoverage")];
  const all = killed + timeout + survived + unreached;
  const score = all === 0 ? 0 : (100 * (killed + timeout)) / all;
  const text = `${score.toFixed(1)} % of ${all}: ${killed} killed, ${timeout} timed out, ${survived} survived, ${unreached} not reached`;
  return { score, text };
}
