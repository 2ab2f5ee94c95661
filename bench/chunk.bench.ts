import { createHash } from "node:crypto";
import { RecursiveCharacterTextSplitter } from "@langchain/textsplitters";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { chunkText } from "../packages/core/src/knowledge/chunk/chunk-text.ts";
import { splitSpans } from "../packages/core/src/knowledge/chunk/split-spans.ts";
import { cutByTokens } from "../packages/core/src/knowledge/embedders/cut-by-tokens.ts";
import type { Bench, Row } from "./bench.ts";
import { type Measured, measure } from "./measure.ts";

const SIZE = 1_000;
const OVERLAP = 200;
const BYTES = 2_000_000;
/** A tokenizer reads a hundredth of what a splitter does. */
const TOKENIZED = 300_000;

const bench: Bench = {
  name: "chunk",
  about:
    "P8, P9: cutting text into chunks of 1,000 characters with 200 overlapping beside LangChain's splitter, and into pieces of 256 tokens beside one count of them",
  async run({ log }) {
    const rows: Row[] = [];
    const peer = new RecursiveCharacterTextSplitter({ chunkSize: SIZE, chunkOverlap: OVERLAP });
    const ratios: Record<string, number> = {};
    for (const [name, text] of [
      ["turns", transcript()],
      ["paragraphs", paragraphs()],
      ["wall", wall()],
    ] as const) {
      log(`${name}: ${(text.length / 1e6).toFixed(1)} MB`);
      const measured = await measure(
        [
          { name: "floor", run: () => floor(text) },
          {
            name: "floor + sha256",
            run: () => floor(text).map(({ text: piece }) => createHash("sha256").update(piece).digest("hex")),
          },
          { name: "Halo, spans", run: () => splitSpans(text, SIZE, OVERLAP) },
          { name: "Halo, chunks + sha256", run: () => chunkText(text, { size: SIZE, overlap: OVERLAP }) },
          { name: "LangChain", run: () => peer.splitText(text) },
        ],
        { turnMs: 200, clock: "cpu" },
      );
      for (const one of measured)
        rows.push({
          corpus: name,
          candidate: one.name,
          "MB/s": (text.length / one.ns) * 1e3,
          "of LangChain": speed(measured, one.name, "LangChain"),
        });
      ratios[`P8.${name}`] = speed(measured, "Halo, spans", "LangChain");
      ratios[`P8.${name}.sha256`] = speed(measured, "Halo, chunks + sha256", "floor + sha256");
    }
    const spoken = transcript().slice(0, TOKENIZED);
    log(`tokens: ${(spoken.length / 1e6).toFixed(1)} MB`);
    const byTokens = new RecursiveCharacterTextSplitter({
      chunkSize: 256,
      chunkOverlap: 32,
      lengthFunction: (text) => countTokens(text),
    });
    const tokenized = await measure(
      [
        { name: "floor: one countTokens (o200k)", run: () => countTokens(spoken) },
        { name: "Halo, 256 tokens", run: () => cutByTokens(spoken, { maxTokens: 256, countTokens }) },
        {
          name: "Halo, 256 tokens, 32 again",
          run: () => cutByTokens(spoken, { maxTokens: 256, countTokens }, { overlap: 32 }),
        },
        { name: "LangChain, 256 tokens, 32 again", run: () => byTokens.splitText(spoken) },
      ],
      { turnMs: 200, rounds: 7, clock: "cpu" },
    );
    for (const one of tokenized)
      rows.push({
        corpus: "tokens",
        candidate: one.name,
        "MB/s": (spoken.length / one.ns) * 1e3,
        "of floor": one.ofFirst,
      });
    ratios.P9 = tokenized[2]?.ofFirst ?? Number.NaN;
    return {
      ratios: {
        P8: ratios["P8.paragraphs"] ?? Number.NaN,
        "P8.sha256": Math.min(
          ...Object.entries(ratios)
            .filter(([key]) => key.endsWith("sha256"))
            .map(([, value]) => value),
        ),
        ...ratios,
      },
      rows,
      notes: [
        "Targets: P8 at least 3 with paragraphs, 20 on the wall of text, 0.8 with sha256; P9 at least 0.85 of the count.",
        "All of it in this thread's time on the processor.",
        "floor: from each start to the last sentence end before 1,000 characters, then 200 back; no structure, no labels.",
      ],
    };
  },
};
export default bench;

/** How many times as fast `name` is as `other`, in the medians of one run. */
function speed(measured: readonly Measured[], name: string, other: string): number {
  const ns = (wanted: string): number => measured.find((one) => one.name === wanted)?.ns ?? Number.NaN;
  return ns(other) / ns(name);
}

function floor(text: string): { start: number; text: string }[] {
  const pieces: { start: number; text: string }[] = [];
  for (let start = 0; start < text.length; ) {
    const window = text.slice(start, start + SIZE);
    const stop = start + SIZE >= text.length ? window.length : window.lastIndexOf(". ") + 1 || window.length;
    pieces.push({ start, text: window.slice(0, stop) });
    if (start + stop >= text.length) break;
    start += Math.max(stop - OVERLAP, 1);
  }
  return pieces;
}

const WORDS =
  "the renewal of contract price team we think about plan call customer ticket should ship next week report so it is good for people who want more of this and that with a budget".split(
    " ",
  );

function words(count: number, next: () => number, vocabulary: readonly string[]): string {
  return Array.from({ length: count }, () => vocabulary[next() % vocabulary.length]).join(" ");
}

function lines(separator: string, line: (next: () => number, i: number) => string): string {
  const next = random(7);
  const all: string[] = [];
  for (let length = 0, i = 0; length < BYTES; i++) {
    const one = line(next, i);
    all.push(one);
    length += one.length + separator.length;
  }
  return flat(all.join(separator));
}

const transcript = (): string =>
  lines(
    "\n",
    (next, i) => `${["Ann Lee", "Bob", "Professor E"][i % 3]}: ${words(4 + (next() % 20), next, WORDS)}.`,
  );
const paragraphs = (): string =>
  lines("\n\n", (next) =>
    Array.from({ length: 1 + (next() % 6) }, () => `${words(6 + (next() % 16), next, WORDS)}.`).join(" "),
  );
const wall = (): string =>
  lines(" ", (next) => Array.from({ length: 3 + (next() % 9) }, () => next().toString(36)).join(""));

function random(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed >>> 4;
  };
}

/** A joined string is a rope until read; reading it here keeps that cost out of the first candidate's time. */
const flat = (text: string): string => Buffer.from(text, "latin1").toString("latin1");
