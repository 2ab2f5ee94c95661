import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { packages, root } from "./packages.ts";

const names = packages().map(({ manifest }) => manifest.name);
const changesets = globSync(".changeset/*.md", { cwd: root }).map((path) => ({
  name: basename(path),
  text: readFileSync(join(root, path), "utf8"),
}));

describe("changesets", () => {
  it("give all packages one version", () => {
    const config = JSON.parse(readFileSync(join(root, ".changeset/config.json"), "utf8")) as {
      fixed: string[][];
    };
    expect(config.fixed).toEqual([["@halo/*"]]);
    expect(new Set(packages().map(({ manifest }) => manifest.version)).size).toBe(1);
  });

  it.each(changesets)("$name is one sentence about packages that exist", ({ text }) => {
    const [, head = "", sentence = ""] = /^---\n([\s\S]*?)---\n\n(.+)\n$/.exec(text) ?? [];
    const about = [...head.matchAll(/^"(.+)": (patch|minor|major)$/gm)].map(([, name]) => name);
    expect(about.length).toBeGreaterThan(0);
    expect(about.filter((name) => !names.includes(name ?? ""))).toEqual([]);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  });
});
