import { defineConfig } from "vitest/config";

const conditions = ["@halo/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@halo/source", "node", "import"] } },
  test: {
    include: ["packages/**/*.test.ts", "tools/**/*.test.ts", "examples/**/*.test.ts", "bench/**/*.test.ts"],
    globalSetup: ["./tools/vitest-servers.ts"],
    execArgv: ["--conditions=@halo/source"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
