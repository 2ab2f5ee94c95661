// `npm run mutation [part …]`: breaks lines on purpose and has the tests notice (Stryker). Not in CI: it takes minutes. What
// survives is explained in docs/mutation.md.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./packages.ts";

interface Part {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

const core = "packages/core/src";

/** What a mistake would cost most, and the tests that hold it. */
const parts: { readonly [name: string]: Part } = {
  approvals: {
    mutate: [`${core}/approvals/{approver,policy,proof,proposal-hash,review}.ts`],
    tests: [`${core}/approvals/{approvals,policy}.test.ts`],
  },
  showing: {
    mutate: [`${core}/approvals/{audit-chain,audit-verify,card,check-approval,visible-text}.ts`],
    tests: [`${core}/approvals/{audit-verify,card}.test.ts`, `${core}/actions/tools.test.ts`],
  },
  executing: {
    mutate: [`${core}/approvals/{decide,execute-approved,expire,look-times,propose,reconcile}.ts`],
    tests: [`${core}/approvals/approvals.test.ts`],
  },
  gates: {
    mutate: [`${core}/gate/*.ts`, `!${core}/gate/*.test.ts`, `${core}/actions/check.ts`],
    tests: [
      `${core}/gate/*.test.ts`,
      `${core}/actions/{invoke,take-up}.test.ts`,
      `${core}/approvals/approvals.test.ts`,
    ],
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
    mutate: [`${core}/signing/*.ts`, `!${core}/signing/*.test.ts`],
    tests: [`${core}/signing/*.test.ts`],
  },
  hubspot: {
    mutate: ["packages/hubspot/src/webhooks/verify.ts"],
    tests: ["packages/hubspot/src/webhooks/verify*.test.ts"],
  },
  slack: {
    mutate: ["packages/slack/src/webhooks/verify.ts"],
    tests: ["packages/slack/src/webhooks/verify*.test.ts"],
  },
  stripe: {
    mutate: ["packages/stripe/src/webhooks/verify.ts"],
    tests: ["packages/stripe/src/webhooks/{verify,verify-reasons,receive}.test.ts"],
  },
};

const least = 85;
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}.`);
  process.exit(2);
}

const folder = join(root, "node_modules/.cache/mutation");
mkdirSync(folder, { recursive: true });
const scores: string[] = [];
let failed = false;
for (const [name, { mutate, tests }] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const report = join(folder, `${name}.json`);
  const vitest = `vitest.mutation-${name}.config.ts`;
  const config = join(folder, `${name}.config.json`);
  // The servers of the whole run are left out: what is mutated needs none.
  writeFileSync(
    join(root, vitest),
    `import { defineConfig } from "vitest/config";
const conditions = ["@halo/source", "module", "node", "development|production"];
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@halo/source", "node", "import"] } },
  test: { include: ${JSON.stringify(tests)}, testTimeout: 20_000, execArgv: ["--conditions=@halo/source"] },
});
`,
  );
  writeFileSync(
    config,
    JSON.stringify({
      testRunner: "vitest",
      plugins: ["@stryker-mutator/vitest-runner"],
      vitest: { configFile: vitest, related: false },
      mutate,
      inPlace: false,
      coverageAnalysis: "perTest",
      reporters: ["json", "clear-text"],
      clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
      jsonReporter: { fileName: report },
      // Words for people are held by no test but their own.
      mutator: { excludedMutations: ["StringLiteral"] },
      concurrency: 2,
      timeoutMS: 20_000,
      tempDirName: join(folder, `sandbox-${name}`),
      ignorePatterns: ["**/dist", "bench", "examples", "docs"],
      thresholds: { high: 95, low: least, break: null },
      disableTypeChecks: false,
      allowConsoleColors: false,
    }),
  );
  try {
    const { status } = spawnSync("stryker", ["run", config], { cwd: root, stdio: "inherit" });
    if (status !== 0) failed = true;
  } finally {
    rmSync(join(root, vitest), { force: true });
  }
  const score = scoreOf(report);
  scores.push(`${name}: ${score.toFixed(1)} %`);
  if (score < least) failed = true;
}
console.log(scores.join("\n"));
process.exit(failed ? 1 : 0);

/** Noticed mutants of all that tests reach or should have reached. */
function scoreOf(report: string): number {
  const { files } = JSON.parse(readFileSync(report, "utf8")) as {
    files: { readonly [path: string]: { readonly mutants: readonly { readonly status: string }[] } };
  };
  const counted = Object.values(files)
    .flatMap(({ mutants }) => mutants)
    .filter(({ status }) => !["Ignored", "CompileError", "RuntimeError"].includes(status));
  const noticed = counted.filter(({ status }) => status === "Killed" || status === "Timeout");
  return counted.length === 0 ? 0 : (100 * noticed.length) / counted.length;
}
