// What `npm run mutation` runs the tests of one part with. The servers of the whole run are left out: what is mutated needs none.
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const root = join(import.meta.dirname, "..");
const core = join(root, "packages/core/src");
const conditions = ["@halo/source", "module", "node", "development|production"];

export default defineConfig({
  root,
  resolve: {
    conditions,
    // The sandbox shares the installed packages, whose links lead to the sources that nobody broke: these lead to its own.
    alias: [
      { find: /^@halo\/core$/, replacement: join(core, "index.ts") },
      {
        find: /^@halo\/core\/(actions|memory|signing|testing|sinks)$/,
        replacement: join(core, "$1/index.ts"),
      },
    ],
  },
  ssr: { resolve: { conditions, externalConditions: ["@halo/source", "node", "import"] } },
  test: {
    include: (process.env["HALO_MUTATION_TESTS"] ?? "").split(" "),
    testTimeout: 20_000,
    execArgv: ["--conditions=@halo/source"],
  },
});
