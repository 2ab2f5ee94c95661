import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./packages.ts";

// Names of values whose comparison must take the same time wherever they differ.
const SECRET = /(secret|signature|digest|hmac|\bmac\b|token|password|apiKey|hashed|expected)\w*$/i;
const HARMLESS =
  /^(undefined|null|true|false|-?\d|"|'|`|typeof\b)|\.(length|type|kind|status|code|expiresAt|version)$|Type$|Kind$|Version$|Count$/;

/** `left ===|!==|==|!= right` where a side is named for a secret and the other is a value that could be one. */
export function secretComparisons(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  const comparison = /([\w.?[\]]+(?:\([^()]*\))?)\s*(?:===|!==|==|!=)\s*([\w.?"'`[\]-]+(?:\([^()]*\))?)/g;
  return [...code.matchAll(comparison)]
    .filter(([, left = "", right = ""]) => {
      if (HARMLESS.test(left) || HARMLESS.test(right)) return false;
      return SECRET.test(bare(left)) || SECRET.test(bare(right));
    })
    .map(([whole]) => whole);
}

function bare(side: string): string {
  return side.replace(/\([^()]*\)$/, "").replace(/\[[^\]]*\]$/, "");
}

describe("T03 the search for comparisons that leak their time", () => {
  it.each([
    "if (signature === given) return;",
    "return expected !== delivery.signature;",
    "mac.digest('hex') == given",
    "given === mac.digest('hex')",
    "stored.tokenHash === one || session.token !== other",
    "given.secret === this.secret",
  ])("finds %s", (line) => {
    expect(secretComparisons(line)).not.toEqual([]);
  });

  it.each([
    "if (signature === undefined) return;",
    'if (typeof secret === "string") return;',
    "signature.length !== 32",
    "// signature === given",
    "timingSafeEqual(signature, given)",
    'token.type === "bearer"',
  ])("passes %s", (line) => {
    expect(secretComparisons(line)).toEqual([]);
  });
});

const files = globSync("packages/*/src/**/*.ts", { cwd: root }).filter(
  (path) => !path.endsWith(".test.ts") && !path.startsWith("packages/emulators/"),
);

it("T03 no secret is compared by an operator in any package", () => {
  expect(files).not.toEqual([]);
  const found = files.flatMap((path) =>
    secretComparisons(readFileSync(join(root, path), "utf8")).map((line) => `${path}: ${line}`),
  );
  expect(found).toEqual([]);
});
