import { existsSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { root } from "./packages.ts";
import { isTest, nodes, parse, type Source, sources } from "./sources.ts";

// Libraries get time, chance and settings passed in (`clock`, `random`, options); nothing reads them behind the caller's
// back. What is allowed stands here with its reason, and goes when its reason does.
const ALLOWED: { readonly [path: string]: { readonly [input: string]: string } } = {
  "packages/core/src/ports/clock.ts": { "Date.now": "the system's clock, as the port's default" },
  "packages/core/src/sinks/console-sink.ts": { "console.log": "the default of the option `write`" },
  "packages/core/src/signing/fresh.ts": { "Date.now": "the documented default of `now`" },
  "packages/core/src/http/vendor-http.ts": { "Math.random": "the default of the option `random`" },
  "packages/core/src/http/brake.ts": { "Math.random": "the default of the parameter `random`" },
  "packages/core/src/sync/failure.ts": { "Math.random": "jitter of a wait; no result depends on it" },
  "packages/storage-pg/src/tenant.ts": { "Math.random": "jitter of a wait; no result depends on it" },
  "packages/storage-pg/src/jobs/job-store.ts": {
    "performance.now": "how long ago this process tidied up; nothing of it is stored",
  },
  "packages/server/src/node/deadline.ts": {
    "performance.now": "how long a client has taken to send; nothing of it is stored",
  },
  "packages/core/src/testing/ids.ts": { "Date.now": "ids of a test's own records" },
  "packages/core/src/testing/forgery-fuzz.ts": {
    "process.env": "how many runs and which seed, both printed",
  },
  "packages/core/src/testing/signature-vectors.ts": { "process.env": "where the vendors' vectors are" },
  "packages/server/src/context.ts": {
    "Date.now": "how long ago a person signed in, by the clock that the host says it with",
  },
  "packages/core/src/testing/stream-contract.ts": {
    "new Date()": "the default where a vendor tells no time",
  },
  "packages/core/src/testing/promises/knowledge-promises.ts": { "Math.random": "a seed, which is printed" },
  "packages/core/src/testing/promises/page-promises.ts": { "Math.random": "a seed, which is printed" },
  "packages/emulators/src/clock.ts": { "Date.now": "the system's clock, as an emulator's default" },
};

const READ = /^(Date\.now|Math\.random|performance\.now|process\.(env|argv|cwd)|console\.\w+)$/;

/** `Date.now`, `new Date()`, `process.env`, … as they stand in the code. */
function hiddenInputs(source: Source): string[] {
  return [...nodes(parse(source))].flatMap((node) => {
    if (ts.isPropertyAccessExpression(node)) {
      const text = node.getText().replace(/^globalThis\./, "");
      return READ.test(text) ? [text] : [];
    }
    const now = ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length;
    return now ? ["new Date()"] : [];
  });
}

describe("what a library reads behind its caller's back", () => {
  const programs = /^packages\/[\w-]+\/src\/cli\.ts$/;
  const files = sources("packages/*/src/**/*.ts").filter(({ path }) => !isTest(path) && !programs.test(path));

  it("is nothing but what is allowed for a reason", () => {
    expect(files).not.toEqual([]);
    const found = files.flatMap((source) =>
      hiddenInputs(source)
        .filter((input) => ALLOWED[source.path]?.[input] === undefined)
        .map((input) => `${source.path} reads ${input}: pass it in, or allow it for a reason`),
    );
    expect(found).toEqual([]);
  });

  it("is allowed no longer than it is read", () => {
    const stale = Object.entries(ALLOWED).flatMap(([path, inputs]) => {
      const source = files.find((one) => one.path === path);
      const read = source && existsSync(join(root, path)) ? hiddenInputs(source) : [];
      return Object.keys(inputs)
        .filter((input) => !read.includes(input))
        .map((input) => `${path}: ${input}`);
    });
    expect(stale).toEqual([]);
  });

  it.each([
    ["const at = Date.now();", ["Date.now"]],
    ["const at = new Date();", ["new Date()"]],
    ["run(random = Math.random);", ["Math.random"]],
    ["const { KEY } = process.env; globalThis.process.env;", ["process.env", "process.env"]],
    ["console.log(1);", ["console.log"]],
    ["const at = new Date(clock.now()); // Date.now()", []],
  ])("in %s is %j", (text, found) => {
    expect(hiddenInputs({ path: "x.ts", text })).toEqual(found);
  });
});
