import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { packages, root } from "./packages.ts";
import { blocksOf, type Page, typeErrors } from "./readme-blocks.ts";

const pages: readonly Page[] = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
  {
    cwd: root,
    encoding: "utf8",
  },
)
  .split("\n")
  .filter((path) => path !== "" && !path.startsWith(".changeset/") && existsSync(join(root, path)))
  .sort()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const readme = pages.find(({ path }) => path === "README.md")?.text ?? "";

describe("what the pages show", () => {
  it("compiles against the packages as they are", () => {
    const blocks = pages.flatMap(blocksOf);
    expect(blocks.length).toBeGreaterThan(3);
    expect(typeErrors(blocks)).toEqual([]);
  }, 120_000);

  it("would not compile if it were wrong", () => {
    const wrong: Page = {
      path: "packages/hubspot/README.md",
      text: [
        "A page.",
        "",
        "<!-- given: declare const one: 1; -->",
        "```ts",
        'import { hubspot } from "@halo/hubspot";',
        "await Promise.resolve(one);",
        'hubspot({ clientID: "" });',
        "```",
      ].join("\n"),
    };
    expect(typeErrors(blocksOf(wrong))).toEqual([
      expect.stringMatching(/^packages\/hubspot\/README\.md:7: .*'clientID' does not exist/s),
    ]);
  }, 120_000);

  it("names commands that exist", () => {
    const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    const unknown = pages.flatMap(({ path, text }) => {
      const named = [...text.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].map(([, name = ""]) => name);
      const called = [...text.matchAll(/\bnpx ([a-z@][\w@/-]*)/g)].map(([, name = ""]) => name);
      return [
        ...named.filter((name) => !(name in scripts) && !/^(install|i|ci|packages?|scripts?)$/.test(name)),
        ...called.filter((name) => !(name in devDependencies) && !(`@${name}s/cli` in devDependencies)),
      ].map((name) => `${path}: ${name}`);
    });
    expect(unknown).toEqual([]);
  });

  it("links to what is there", () => {
    const broken = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target = ""]) => normalize(join(dirname(path), target)))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe("the README", () => {
  it("lists every package", () => {
    const listed = [...readme.matchAll(/^\| \[`(@halo\/[\w-]+)`\]\((packages\/[\w-]+)\) \|/gm)];
    const all = packages().map(({ folder, manifest }) => [manifest.name, `packages/${basename(folder)}`]);
    expect(listed.map(([, name, path]) => [name, path]).sort()).toEqual(all.sort());
  });

  it("shows what can be done before how it is started, and both commands", () => {
    const places = ["## What you can do in 30 seconds", "```ts", "\nnpm start\nnpm test\n"].map((text) =>
      readme.indexOf(text),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(blocksOf({ path: "README.md", text: readme })).toHaveLength(4);
  });
});

const integrations = globSync("packages/*/src/integration.ts", { cwd: root }).map(
  (path) => path.split("/")[1] ?? "",
);

describe.each(integrations)("the README of %s", (name) => {
  const folder = join(root, "packages", name);
  const text = readFileSync(join(folder, "README.md"), "utf8");

  it("has the headings of every integration's, in their order", () => {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const expected = [
      "What it brings",
      "Set up at the vendor",
      "Use",
      "Webhooks",
      "Limits and oddities",
      "When it fails",
    ];
    const has = existsSync(join(folder, "src/webhooks"));
    expect(headings).toEqual(expected.filter((heading) => has || heading !== "Webhooks"));
  });

  it("has tables that a test of the package holds against its definition", () => {
    expect([...text.matchAll(/^<!-- (\w+) -->$/gm)].map(([, table]) => table)).toContain("streams");
    expect(existsSync(join(folder, "test/readme.test.ts"))).toBe(true);
  });
});
