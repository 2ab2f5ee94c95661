// What `npm run mutation` runs the tests of one part with. The servers of the whole run are left out: what is mutated needs none.
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const conditions = ["@halo/source", "module", "node", "development|production"];

export default defineConfig({
  root: join(import.meta.dirname, ".."),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@halo/source", "node", "import"] } },
  test: {
    include: (process.env["HALO_MUTATION_TESTS"] ?? "").split(" "),
    setupFiles: (process.env["HALO_MUTATION_FIRST"] ?? "").split(" ").filter(Boolean),
    testTimeout: 20_000,
    execArgv: ["--conditions=@halo/source"],
  },
});
