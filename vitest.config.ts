import { defineConfig } from "vitest/config";

const conditions = ["@halo/source", "module", "node", "development|production"];
// They compare times (T25), which says nothing while other tests take turns on the same cores: they come last, alone.
const timed = ["packages/{core,zoom}/src/**/{linear,redact}.test.ts"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@halo/source", "node", "import"] } },
  test: {
    execArgv: ["--conditions=@halo/source"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: [
            "packages/**/*.test.ts",
            "tools/**/*.test.ts",
            "examples/**/*.test.ts",
            "bench/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "**/dist/**", ...timed],
          globalSetup: ["./tools/vitest-servers.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "timed", include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
