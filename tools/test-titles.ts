// The titles of the workspace's tests, read from their sources: what a title says stands in the code once.
import ts from "typescript";
import { nodes, parse, type Source, sources } from "./sources.ts";

export interface TestTitle {
  /** From the workspace's root. */
  readonly path: string;
  /** As written; what a template or a table fills in is `…` or `%s`. */
  readonly title: string;
  /** Those of faults and threats that stand first in it. */
  readonly ids: readonly string[];
}

const RUNNER = /^(it|test|describe)$/;
const LEADING = /^(?:(?:[FT]\d{2}|A\d{1,2})[\s,:]+)+/;

/** Titles of tests and groups that run, and of the promises that core's contract suites turn into tests. */
export function testTitles(): readonly TestTitle[] {
  return sources([
    "{packages,tools,examples,bench}/**/*.test.ts",
    "packages/core/src/testing/**/*.ts",
  ]).flatMap(titlesOf);
}

export function titlesOf(source: Source): readonly TestTitle[] {
  const titles = new Set<string>();
  for (const node of nodes(parse(source))) {
    const title = ts.isCallExpression(node)
      ? runs(node.expression) && titleText(node.arguments[0])
      : ts.isPropertyAssignment(node) && node.name.getText() === "title" && titleText(node.initializer);
    if (title) titles.add(title);
  }
  return [...titles].map((title) => ({ path: source.path, title, ids: idsOf(title) }));
}

export function idsOf(title: string): readonly string[] {
  return LEADING.exec(title)?.[0].match(/[FTA]\d+/g) ?? [];
}

/** `it`, `it.each(…)`, `describe.for(…)`, `it.skipIf(…)`; neither `it.skip` nor `it.todo`. */
function runs(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return RUNNER.test(callee.text);
  if (ts.isPropertyAccessExpression(callee))
    return !/^(skip|todo)$/.test(callee.name.text) && runs(callee.expression);
  return ts.isCallExpression(callee) && runs(callee.expression);
}

function titleText(node: ts.Node | undefined): string | undefined {
  if (!node) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
}
