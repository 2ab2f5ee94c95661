import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "./build.ts";
import { packages, root, targets } from "./packages.ts";

const run = promisify(execFile);
const all = packages();
const first = all[0]?.manifest;
const folder = mkdtempSync(join(tmpdir(), "halo-pack-"));

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
let packed: readonly Packed[] = [];

beforeAll(async () => {
  await build();
  const folders = all.map((one) => `./${one.folder.slice(root.length + 1)}`);
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder, ...folders];
  const { stdout } = await run("npm", args, { cwd: root, maxBuffer: 1e8 });
  packed = JSON.parse(stdout) as Packed[];
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tarballOf(name: string): Packed {
  const found = packed.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
}

describe.each(all.map((one) => [one.manifest.name, one] as const))("%s", (name, one) => {
  const { entries, manifest } = one;

  it("has a README, a licence and a test", () => {
    expect(globSync(["README.md", "LICENSE"], { cwd: one.folder })).toHaveLength(2);
    expect(readFileSync(join(one.folder, "LICENSE"), "utf8")).toBe(
      readFileSync(join(root, "LICENSE"), "utf8"),
    );
    expect(globSync(["src/**/*.test.ts", "test/**/*.test.ts"], { cwd: one.folder })).not.toEqual([]);
  });

  it("is described like every other package", () => {
    const folderName = one.folder.slice(one.folder.lastIndexOf("/") + 1);
    expect(name).toBe(`@halo/${folderName}`);
    expect(manifest).toMatchObject({
      version: first?.version,
      license: "MIT",
      type: "module",
      sideEffects: false,
      engines: first?.["engines"],
      repository: { directory: `packages/${folderName}` },
    });
    expect(manifest.description).toMatch(/\S+ \S+/);
    expect(manifest.files).toEqual(expect.arrayContaining(["dist", "src", "!src/**/*.test.ts"]));
  });

  it("exports each entry as source, ESM and CommonJS, with types for both", () => {
    expect(manifest.exports).toHaveProperty(["./package.json"], "./package.json");
    for (const { output, selfContained, source, subpath } of entries) {
      expect(source.startsWith(join(one.folder, "src")), source).toBe(true);
      const alternatives = selfContained
        ? (extension: string) => {
            const portable = `./dist/${output}.portable.${extension}`;
            return {
              workerd: portable,
              "edge-light": portable,
              browser: portable,
              node: `./dist/${output}.${extension}`,
              default: portable,
            };
          }
        : (extension: string) => ({ default: `./dist/${output}.${extension}` });
      const expected = {
        "@halo/source": `./${source.slice(one.folder.length + 1)}`,
        import: { types: `./dist/${output}.d.ts`, ...alternatives("js") },
        require: { types: `./dist/${output}.d.cts`, ...alternatives("cjs") },
      };
      // As text: the order of conditions decides which one is taken.
      expect(JSON.stringify(manifest.exports?.[subpath])).toBe(JSON.stringify(expected));
    }
  });

  it("has every file that it exports, or declares as a program", () => {
    const files = new Set(tarballOf(name).files.map(({ path }) => `./${path}`));
    const promised = [
      ...Object.values(manifest.exports ?? {}).flatMap(targets),
      ...Object.values(manifest.publishConfig?.bin ?? {}),
    ];
    expect(promised.filter((path) => !files.has(path))).toEqual([]);
  });

  it("T51 packs its code, its licence and its README, and nothing else", () => {
    const extra = manifest.files?.includes("migrations") ? "|migrations/([\\w-]+\\.sql|README\\.md)" : "";
    const allowed = new RegExp(
      `^(package\\.json|README\\.md|LICENSE|dist/.+\\.(js|cjs|d\\.ts|d\\.cts|css|html|sql|wasm|data)|src/.+\\.(ts|tsx|sql|css|json|md)${extra})$`,
    );
    const paths = tarballOf(name).files.map(({ path }) => path);
    expect(
      paths.filter((path) => !allowed.test(path) || /\.test\.|(^|\/)(fixtures|\.env)/.test(path)),
    ).toEqual([]);
  });

  it("T51 packs no secret and no path of the machine that built it", () => {
    const found = tarballOf(name).files.flatMap(({ path }) => {
      const text = readFileSync(join(one.folder, path), "latin1");
      return SECRETS.filter((secret) => secret.test(text)).map((secret) => `${path}: ${secret.source}`);
    });
    expect(found).toEqual([]);
  });

  it("publint finds nothing", async () => {
    const tarball = readFileSync(join(folder, tarballOf(name).filename));
    const buffer = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  it("are-the-types-wrong finds nothing, from ESM and from CommonJS", async () => {
    const attw = join(root, "node_modules/.bin/attw");
    const file = join(folder, tarballOf(name).filename);
    // node10 knows no exports, hence no subpaths; nothing that Halo supports resolves like it.
    const report = await run(attw, [file, "--profile", "node16", "--no-emoji", "--format", "ascii"]).catch(
      (error: { stdout: string }) => error,
    );
    expect(report).not.toBeInstanceOf(Error);
  }, 60_000);
});

const SECRETS: readonly RegExp[] = [
  /\bpat-(na|eu|ap)\d-[0-9a-f]{8}-[0-9a-f]{4}/,
  /\b(sk|rk)_live_[0-9A-Za-z]{16}/,
  /\bwhsec_[0-9A-Za-z]{24}/,
  /\bxox[abeoprs]-[0-9A-Za-z-]{10}/,
  /\bgh[pousr]_[0-9A-Za-z]{36}/,
  /\bnpm_[0-9A-Za-z]{36}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----\\?n?[A-Za-z0-9+/]{20}/,
  /\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\./,
  // The path of this checkout, as a whole word.
  new RegExp(`(?<![\\w.])${root.replaceAll(/[^\w/]/g, "\\$&")}(?!\\w)`),
];
