// How well the pure half of search finds what was said in real meetings (PERFORMANCE §11), without a store:
// node --conditions=@halo/source bench/search.eval.ts FILE.jsonl [--json]
import { readFileSync } from "node:fs";
import { hashingEmbedder } from "@halo/core/embedders";
import { type Chunk, chunkInput, chunkText } from "../packages/core/src/knowledge/chunk/chunk-text.ts";
import { fuse, type RankedChunk, vectorWeight } from "../packages/core/src/knowledge/fuse/fuse.ts";
import { lendToNeighbours } from "../packages/core/src/knowledge/fuse/lend.ts";
import { type AnalyzedText, analyze } from "../packages/core/src/knowledge/lexical/analyze.ts";
import { bm25 } from "../packages/core/src/knowledge/lexical/bm25.ts";

const LEXICAL_LIMIT = 400;
const VECTOR_LIMIT = 200;

interface Meeting {
  readonly meeting_transcripts: readonly { readonly speaker: string; readonly content: string }[];
  readonly specific_query_list: readonly {
    readonly query: string;
    readonly relevant_text_span: readonly (readonly [string, string])[];
  }[];
}

type Place = readonly [start: number, end: number];
interface Question {
  readonly meeting: number;
  readonly query: string;
  readonly relevant: readonly Place[];
}
interface Hit extends RankedChunk {
  readonly chunk: Chunk;
  readonly meeting: number;
}
type Ranking = (question: Question) => readonly Hit[];

const [file] = process.argv.slice(2).filter((argument) => argument !== "--json");
if (file === undefined) throw new Error("Give the meetings: a file of QMSum's format (JSON lines).");
const meetings = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Meeting);
const documents = meetings.map(({ meeting_transcripts }) => {
  let text = "";
  const turns = meeting_transcripts.map(({ speaker, content }): Place => {
    if (text !== "") text += "\n";
    const start = text.length;
    text += `${speaker}: ${content}`;
    return [start, text.length];
  });
  return { text, turns };
});
const questions = meetings.flatMap(({ specific_query_list }, meeting): Question[] =>
  specific_query_list.map(({ query, relevant_text_span }) => {
    const turns = new Set(
      relevant_text_span.flatMap(([from, to]) =>
        Array.from({ length: +to - +from + 1 }, (_, i) => +from + i),
      ),
    );
    const relevant = [...turns]
      .map((turn) => documents[meeting]?.turns[turn])
      .filter((place) => place !== undefined);
    return { meeting, query, relevant };
  }),
);

const hits = documents.flatMap(({ text }, meeting) =>
  chunkText(text).map((chunk): Hit & { readonly text: string; readonly analyzed: AnalyzedText } => ({
    chunk,
    meeting,
    chunkId: `${meeting}/${chunk.index}`,
    documentId: String(meeting),
    index: chunk.index,
    score: 0,
    text: chunkInput(chunk),
    analyzed: analyze(chunkInput(chunk)),
  })),
);

/** Each question's ranking once, since several figures ask for it. */
function remember(rank: Ranking): Ranking {
  const known = new Map<Question, readonly Hit[]>();
  return (question) => {
    const ranking = known.get(question) ?? rank(question);
    known.set(question, ranking);
    return ranking;
  };
}

const lexical = remember(({ query }) =>
  lendToNeighbours(
    bm25(query, hits)
      .slice(0, LEXICAL_LIMIT)
      .map(({ item, score }) => ({ ...item, score })),
  ),
);

const local = hashingEmbedder();
const embed = async (texts: readonly string[]): Promise<Float32Array[]> =>
  local.embed(texts, { kind: "document" });
const documentVectors = await embed(hits.map(({ text }) => text));
const queryVectors = await embed(questions.map(({ query }) => query));
let seed = 20_261_121;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
const nearest = (score: (document: number, question: Question) => number): Ranking =>
  remember((question) =>
    hits
      .map((hit, i) => ({ ...hit, score: score(i, question) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, VECTOR_LIMIT),
  );
const hashed = nearest((i, question) => dot(documentVectors[i], queryVectors[questions.indexOf(question)]));
const noise = nearest(random);
const fused =
  (vector: Ranking, quality: "semantic" | "lexical"): Ranking =>
  (question) =>
    fuse(lexical(question), vector(question), { ...vectorWeight({ quality }), searchable: hits.length });

const half = Math.ceil(meetings.length / 2);
const halves: readonly (readonly [string, (question: Question) => boolean])[] = [
  ["all", () => true],
  ["first half", ({ meeting }) => meeting < half],
  ["second half", ({ meeting }) => meeting >= half],
];
const results: Record<string, Record<string, number>> = {};
for (const [name, rank] of [
  ["lexical", lexical],
  ["vector (hashing)", hashed],
  ["vector (random)", noise],
  ["fused (hashing)", fused(hashed, "lexical")],
  ["fused (hashing, said to be semantic)", fused(hashed, "semantic")],
  ["fused (random, said to be semantic)", fused(noise, "semantic")],
] as const)
  for (const [part, wanted] of halves) {
    const figures = judge(rank, questions.filter(wanted));
    if (part === "all") results[name] = figures;
    console.log(
      name.padEnd(38),
      part.padEnd(12),
      Object.entries(figures)
        .map(([key, value]) => `${key} ${value.toFixed(3)}`)
        .join("  "),
    );
  }
if (process.argv.includes("--json")) console.log(JSON.stringify(results));

function judge(rank: Ranking, asked: readonly Question[]): Record<string, number> {
  const sum = { cov8k: 0, hit8k: 0, inCov4k: 0, mrr: 0 };
  for (const question of asked) {
    const ranking = rank(question);
    const covered = coverage(ranking, question, 8_000);
    sum.cov8k += covered;
    sum.hit8k += covered > 0 ? 1 : 0;
    sum.inCov4k += coverage(
      ranking.filter(({ meeting }) => meeting === question.meeting),
      question,
      4_000,
    );
    const first = ranking.findIndex(
      ({ meeting, chunk }) =>
        meeting === question.meeting &&
        question.relevant.some(
          ([start, end]) =>
            overlap(chunk, start, end) >= (end - start) / 2 || (chunk.start >= start && chunk.end <= end),
        ),
    );
    sum.mrr += first < 0 ? 0 : 1 / (first + 1);
  }
  return Object.fromEntries(Object.entries(sum).map(([key, value]) => [key, value / asked.length]));
}

/** Share of the relevant turns of which at least half stands in the first `budget` characters returned. */
function coverage(ranking: readonly Hit[], question: Question, budget: number): number {
  const shown: { start: number; end: number }[] = [];
  for (const { meeting, chunk } of ranking) {
    if (budget <= 0) break;
    const end = Math.min(chunk.end, chunk.start + budget);
    budget -= end - chunk.start;
    if (meeting === question.meeting) shown.push({ start: chunk.start, end });
  }
  const found = question.relevant.filter(
    ([start, end]) =>
      shown.reduce((total, piece) => total + overlap(piece, start, end), 0) >= (end - start) / 2,
  );
  return found.length / Math.max(1, question.relevant.length);
}

function overlap(
  piece: { readonly start: number; readonly end: number },
  start: number,
  end: number,
): number {
  return Math.max(0, Math.min(piece.end, end) - Math.max(piece.start, start));
}

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  let sum = 0;
  for (const [i, x] of (a ?? []).entries()) sum += x * (b?.[i] ?? 0);
  return sum;
}
