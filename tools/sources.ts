// The workspace's own TypeScript, found by pattern, and what each file imports.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./packages.ts";

export interface Source {
  /** From the workspace's root: `packages/core/src/index.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  /** `static` is loaded with its file; a `type` is gone when it runs. */
  readonly kind: "static" | "dynamic" | "type";
  /** `import * as name`. */
  readonly namespace: string | undefined;
}

export function sources(patterns: string | readonly string[]): readonly Source[] {
  return globSync(patterns, { cwd: root, exclude: ["**/node_modules", "**/dist"] })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.includes("/test/");
}

export function parse({ path, text }: Source): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

/** Every node, parents first. */
export function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodes(child);
}

export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = [];
  for (const node of nodes(parse(source))) {
    if (ts.isImportDeclaration(node)) found.push(importOf(node));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      found.push({
        from: textOf(node.moduleSpecifier),
        kind: node.isTypeOnly ? "type" : "static",
        namespace: undefined,
      });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push({ from: textOf(node.argument.literal), kind: "type", namespace: undefined });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [from] = node.arguments;
      if (from) found.push({ from: textOf(from), kind: "dynamic", namespace: undefined });
    }
  }
  return found;
}

/** `@halo/core/signing` is of `@halo/core`, `./file.ts` of nobody. */
export function packageOf(from: string): string | undefined {
  if (/^[.#]|^node:/.test(from)) return undefined;
  return from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");
}

function importOf(node: ts.ImportDeclaration): Import {
  const clause = node.importClause;
  const bindings = clause?.namedBindings;
  const allTypes =
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    clause?.name === undefined &&
    bindings.elements.every((element) => element.isTypeOnly);
  return {
    from: textOf(node.moduleSpecifier),
    kind: clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes ? "type" : "static",
    namespace: bindings && ts.isNamespaceImport(bindings) ? bindings.name.text : undefined,
  };
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}
