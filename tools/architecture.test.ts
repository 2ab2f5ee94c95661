import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { build } from "./build.ts";
import { packages, root } from "./packages.ts";
import { importsOf, isTest, nodes, packageOf, parse, type Source, sources } from "./sources.ts";

interface Arrow {
  /** What its sources may import. Tests may import more, as far as `tests` says. */
  readonly may: readonly string[];
  /** Default: anything, of Halo too. `alone`: nothing of Halo but itself. */
  readonly tests?: "alone";
}

/** DESIGN's table "Packages and who may know whom". An integration is found by its shape and has no row of its own. */
const ARROWS: { readonly [folder: string]: Arrow } = {
  core: {
    may: [
      ..."zod ky p-queue p-retry eventemitter3 oauth4webapi croner tldts html-to-text".split(" "),
      "@opentelemetry/api",
    ],
    tests: "alone",
  },
  "storage-pg": {
    may: [
      ..."@halo/core kysely pg pg-copy-streams pg-boss".split(" "),
      ..."@electric-sql/pglite @electric-sql/pglite-pgvector".split(" "),
    ],
  },
  // zod is the peer that core asks every host for: what comes in is checked with it.
  server: { may: ["@halo/core", "hono", "@hono/node-server", "zod"] },
  agents: {
    may: [
      ..."@halo/core zod ai openai @openai/agents @anthropic-ai/sdk @langchain/core".split(" "),
      "@modelcontextprotocol/server",
    ],
  },
  emulators: { may: ["msw"], tests: "alone" },
};
const INTEGRATION: Arrow = { may: ["@halo/core", "zod"] };

/** Where an import that its package may have has to stay. */
const PLACES: readonly { readonly what: RegExp; readonly where: RegExp; readonly why: string }[] = [
  {
    what: /^(pg|pg-copy-streams|@electric-sql\/.+)$/,
    where: /^packages\/storage-pg\/src\/connect\//,
    why: "only connect/ knows which driver runs",
  },
  { what: /^pg-boss$/, where: /^packages\/storage-pg\/src\/jobs\//, why: "the job engine is behind jobs/" },
  {
    what: /^html-to-text$/,
    where: /^packages\/core\/src\/knowledge\/html\//,
    why: "it is behind a subpath of its own",
  },
  { what: /^vitest$/, where: /^packages\/core\/src\/testing\//, why: "contract suites alone need a runner" },
];

/** Loaded when they are first needed: hosts that never need them do not pay for them. */
const LATE = /^(ky|html-to-text|pg-boss|@opentelemetry\/api)$/;

function arrowOf(folder: string): Arrow | undefined {
  const isIntegration = existsSync(join(root, "packages", folder, "src/integration.ts"));
  if (!isIntegration) return ARROWS[folder];
  // At most one parser or driver, which the README names.
  const { dependencies = {} } = packages().find((one) => basename(one.folder) === folder)?.manifest ?? {};
  const own = Object.keys(dependencies).filter((name) => !INTEGRATION.may.includes(name));
  const readme = readFileSync(join(root, "packages", folder, "README.md"), "utf8");
  return { may: [...INTEGRATION.may, ...own.slice(0, 1).filter((name) => readme.includes(name))] };
}

/** What a file imports and should not, one sentence each. */
function refusals(source: Source): string[] {
  const [, folder = ""] = source.path.split("/");
  const arrow = arrowOf(folder);
  if (!arrow) return [`packages/${folder} has no arrow: give it one in tools/architecture.test.ts`];
  const test = isTest(source.path);
  return importsOf(source).flatMap(({ from, kind, namespace }) => {
    const said = `${source.path} imports ${from}`;
    if (from.startsWith(".")) {
      const target = normalize(join(dirname(source.path), from));
      // Core's test kit has more rooms than it exports; tests of this workspace may enter them.
      if (test && folder !== "emulators" && target.startsWith("packages/core/src/testing/")) return [];
      if (!target.startsWith(`packages/${folder}/`)) return [`${said}, which is outside its package`];
      return !test && isTest(target) ? [`${said}, which is a test`] : [];
    }
    const name = packageOf(from);
    if (name === undefined) return [];
    if (name === "zod" && !test && (from !== "zod" || namespace !== "z"))
      return [`${said}: write import * as z from "zod" (24 KiB instead of 91)`];
    if (test)
      return arrow.tests === "alone" && name.startsWith("@halo/") && name !== `@halo/${folder}`
        ? [`${said}, but ${folder} knows nobody`]
        : [];
    const place = PLACES.find(({ what }) => what.test(name));
    if (place && kind !== "type" && !place.where.test(source.path)) return [`${said}, but ${place.why}`];
    if (LATE.test(name) && kind === "static") return [`${said} at load: import it when it is first needed`];
    const allowed = arrow.may.includes(name) || place?.where.test(source.path);
    return allowed ? [] : [`${said}, which ${folder} may not know`];
  });
}

const all = sources("packages/*/{src,test}/**/*.ts");

describe("the arrows between packages", () => {
  it.each(packages().map(({ folder }) => basename(folder)))(
    "%s imports what it may, and no more",
    (folder) => {
      const own = all.filter(({ path }) => path.startsWith(`packages/${folder}/`));
      expect(own).not.toEqual([]);
      expect(own.flatMap(refusals)).toEqual([]);
    },
  );

  it.each([
    ["packages/core/src/x.ts", 'import { hubspot } from "@halo/hubspot";'],
    ["packages/core/src/x.ts", 'import { Hono } from "hono";'],
    ["packages/core/src/x.ts", 'import ky from "ky";'],
    ["packages/core/src/x.ts", 'const { convert } = await import("html-to-text");'],
    ["packages/core/src/x.ts", 'import { it } from "vitest";'],
    ["packages/core/src/x.ts", 'import { z } from "zod";'],
    ["packages/core/src/x.ts", 'import * as z from "zod/v4";'],
    ["packages/core/src/x.ts", 'import { acme } from "../test/acme.ts";'],
    ["packages/core/test/x.ts", 'import { pgStorage } from "@halo/storage-pg";'],
    ["packages/core/src/x.ts", 'export * from "../../hubspot/src/index.ts";'],
    ["packages/hubspot/src/x.ts", 'import { pgStorage } from "@halo/storage-pg";'],
    ["packages/hubspot/src/x.ts", 'import type { Slack } from "@halo/slack";'],
    ["packages/storage-pg/src/pages/x.ts", 'import pg from "pg";'],
    ["packages/storage-pg/src/pages/x.ts", 'import { hubspot } from "@halo/hubspot";'],
    ["packages/emulators/src/x.ts", 'import { hmac } from "@halo/core/signing";'],
    ["packages/emulators/test/x.test.ts", 'import { hmac } from "@halo/core/signing";'],
    ["packages/unheard-of/src/x.ts", ""],
  ])("%s with %s is refused", (path, text) => {
    expect(refusals({ path, text })).toHaveLength(1);
  });

  it.each([
    ["packages/core/src/x.ts", 'import * as z from "zod"; import type { KyInstance } from "ky";'],
    ["packages/core/src/x.ts", 'const { default: ky } = await import("ky");'],
    ["packages/hubspot/src/x.ts", 'import { hmac } from "@halo/core/signing"; import "./auth.ts";'],
    ["packages/hubspot/test/x.test.ts", 'import { pgStorage } from "@halo/storage-pg";'],
    ["packages/storage-pg/src/connect/x.ts", 'import pg from "pg";'],
  ])("%s with %s is allowed", (path, text) => {
    expect(refusals({ path, text })).toEqual([]);
  });

  it("signing imports of Halo the errors alone, which import nothing, and of Node its crypto alone", () => {
    const outside = all
      .filter(({ path }) => /^packages\/core\/src\/(signing\/|errors\.ts)/.test(path) && !isTest(path))
      .flatMap((source) => importsOf(source).map(({ from }) => `${source.path}: ${from}`))
      .filter(
        (line) =>
          !/\/signing\/.+: (\.\/[\w-]+\.ts|\.\.\/errors\.ts|#runtime|node:(crypto|buffer))$/.test(line),
      );
    expect(outside).toEqual([]);
  });
});

describe("core", () => {
  const core = all.filter(({ path }) => path.startsWith("packages/core/src/") && !isTest(path));
  const vendors = [
    ...globSync("packages/*/src/integration.ts", { cwd: root }).map((path) => path.split("/")[1] ?? ""),
    ...globSync("packages/emulators/src/*/index.ts", { cwd: root }).map((path) => basename(dirname(path))),
  ].filter((name) => name !== "serve" && name !== "proxy");

  // DESIGN's notification types are the product's words, and two of them hold a vendor's name.
  const product = /^"?(new_hubspot_engagement|stripe_event)"?$/;

  it("names no vendor in its code", () => {
    expect(vendors).toContain("hubspot");
    const name = new RegExp([...new Set(vendors)].map((one) => one.replaceAll("-", "[-_]?")).join("|"), "i");
    const named = core.flatMap(words).filter((word) => name.test(word) && !product.test(word));
    expect(named).toEqual([]);
  });

  it("holds no SQL", () => {
    const statement =
      /\b(select\s[\s\S]+\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|(create|alter|drop)\s+table\s)/;
    // The contract suites try to inject some.
    const own = core.filter(({ path }) => !path.includes("/testing/"));
    expect(own.flatMap((source) => words(source).filter((word) => statement.test(word)))).toEqual([]);
  });

  /** Identifiers and literals; comments may give examples. */
  function words(source: Source): string[] {
    return [...nodes(parse(source))]
      .filter(
        (node) => ts.isIdentifier(node) || ts.isStringLiteralLike(node) || ts.isTemplateExpression(node),
      )
      .map((node) => node.getText());
  }
});

describe("what is published", () => {
  beforeAll(async () => {
    await build();
  }, 300_000);

  it("shows no type of ky, p-queue or eventemitter3", () => {
    const files = globSync("packages/*/dist/**/*.d.{ts,cts}", { cwd: root });
    expect(files).not.toEqual([]);
    const foreign = /(?:from\s+|import\()["'](ky|p-queue|p-retry|eventemitter3)["']/;
    expect(files.filter((path) => foreign.test(readFileSync(join(root, path), "utf8")))).toEqual([]);
  });
});
