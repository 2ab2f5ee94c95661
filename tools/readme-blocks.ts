// Type-checks the TypeScript of Markdown pages against the workspace's sources, all in one program and without a file on
// disk: each block is a module of the folder that its page lies in.
import { dirname, join } from "node:path";
import ts from "typescript";
import { packages, root } from "./packages.ts";

export interface Page {
  /** From the workspace's root. */
  readonly path: string;
  readonly text: string;
}

export interface Block {
  readonly page: string;
  /** Of the block's first line, from 1. */
  readonly line: number;
  /** What the page takes as given, as TypeScript on one line: a comment `<!-- given: … -->` right before the block. */
  readonly given: string;
  readonly code: string;
}

export function blocksOf({ path, text }: Page): readonly Block[] {
  return [...text.matchAll(/(?:^<!-- given: (.*) -->\n\n?)?^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
    const [whole, given = "", code = ""] = match;
    const before = text.slice(0, match.index + whole.indexOf("```ts\n"));
    return { page: path, line: before.split("\n").length + 1, given, code };
  });
}

/** `README.md:12: message` for each error. */
export function typeErrors(blocks: readonly Block[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const modules = new Map(
    blocks.map((block) => [
      join(root, dirname(block.page), `${block.page.replaceAll(/\W/g, "-")}-${block.line}.ts`),
      { ...block, code: `${block.given}\n${block.code}` },
    ]),
  );
  const settings: ts.CompilerOptions = {
    ...options,
    paths: paths(),
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path)?.code ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const block = modules.get(path);
    return block ? ts.createSourceFile(path, block.code, language) : getSourceFile(path, language, ...rest);
  };
  const program = ts.createProgram([...modules.keys()], settings, host);
  return [...modules].flatMap(([path, block]) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      (error) => {
        const line = file?.getLineAndCharacterOfPosition(error.start ?? 0).line ?? 0;
        return `${block.page}:${block.line + line - 1}: ${ts.flattenDiagnosticMessageText(error.messageText, "\n")}`;
      },
    );
  });
}

/** A page of one package may show another one beside it. */
function paths(): Record<string, string[]> {
  return Object.fromEntries(
    packages().flatMap(({ entries, manifest }) =>
      entries.map(({ source, subpath }) => [manifest.name + subpath.slice(1), [source]]),
    ),
  );
}
