// How well Halo's search finds what was said in real meetings: npm run eval:search [-- --data FILE] [--json]
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Embedder } from "@halo/core";
import { hashingEmbedder } from "@halo/core/embedders";
import { openBaseline } from "./baseline.ts";
import { randomEmbedder, smallEnglishModel } from "./embedders.ts";
import { openMeetings } from "./halo-search.ts";
import { type Figures, judge, mean, type Ranking } from "./judge.ts";
import { type Question, readMeetings } from "./meetings.ts";

const { values } = parseArgs({
  options: { data: { type: "string" }, json: { type: "boolean" }, "no-model": { type: "boolean" } },
});
const shared = process.env.HALO_SHARED ?? "../shared";
const file = resolve(values.data ?? `${shared}/data/qmsum/val.jsonl`);
if (!existsSync(file)) {
  console.error(`skipped: no meetings. Give a file of QMSum's format with --data; there is none at ${file}.`);
  process.exit(values.data === undefined ? 0 : 2);
}
const { meetings, questions } = readMeetings(file);
const sources = [...new Set(meetings.map(({ source }) => source))].sort();
const parts: readonly (readonly [string, (question: Question) => boolean])[] = [
  ["all", () => true],
  ["first half", ({ first }) => first],
  ["second half", ({ first }) => !first],
  ...sources.map((source) => [source, ({ meeting }: Question) => meeting.source === source] as const),
];
const results: { [name: string]: Figures & { readonly parts: { readonly [part: string]: Figures } } } = {};
const latency: { [name: string]: { readonly p50: number; readonly p95: number; readonly chunks: number } } =
  {};
const say = (line: string) => console.log(line);

say(`${meetings.length} meetings, ${questions.length} questions`);
say(`${"".padEnd(46)} ${"".padEnd(12)} cov8k  hit8k  inCov4k  MRR    recall@10  nDCG@10`);

async function evaluate(
  name: string,
  rank: (question: Question) => Promise<Ranking>,
  relevantIn: (question: Question) => number,
): Promise<void> {
  const judged: Figures[] = [];
  for (const question of questions) judged.push(judge(question, await rank(question), relevantIn));
  const of = (wanted: (question: Question) => boolean) =>
    mean(judged.filter((_, at) => wanted(questions[at] as Question)));
  const byPart = Object.fromEntries(parts.map(([part, wanted]) => [part, of(wanted)]));
  for (const [part, figures] of Object.entries(byPart)) {
    const { cov8k, hit8k, inCov4k, mrr, ndcg10, recall10 } = figures;
    const shown = [cov8k, hit8k, inCov4k, mrr, recall10, ndcg10].map((value) => value.toFixed(3)).join("  ");
    say(`${(part === "all" ? name : "").padEnd(46)} ${part.padEnd(12)} ${shown}`);
  }
  const { all, ...others } = byPart;
  if (all) results[name] = { ...all, parts: others };
}

async function evaluateHalo(name: string, embedder: Embedder | null): Promise<void> {
  const halo = await openMeetings(meetings, embedder);
  try {
    await evaluate(name, halo.search, halo.relevantIn);
    const sorted = halo.searchMs.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    latency[name] = { p50: at(0.5), p95: at(0.95), chunks: halo.chunks };
    say(
      `${"".padEnd(46)} ${halo.chunks} chunks, a search ${at(0.5).toFixed(1)} ms (p50), ${at(0.95).toFixed(1)} ms (p95)`,
    );
    if (!embedder) return;
    await evaluate(name.replace(/^fused/, "vector"), halo.nearest, halo.relevantIn);
  } finally {
    await halo.close();
  }
}

const hashing = hashingEmbedder();
await evaluateHalo("lexical", null);
await evaluateHalo("fused", hashing);
await evaluateHalo("fused, random vectors", randomEmbedder());
const model = values["no-model"] ? undefined : smallEnglishModel();
if (model) await evaluateHalo("fused, a small English model", model);
const baselines = [
  ["built-in embedder", hashing],
  ...(model ? [["a small English model", model] as const] : []),
] as const;
for (const [name, embedder] of baselines) {
  const baseline = await openBaseline(meetings, embedder);
  try {
    await evaluate(`baseline: 1000/200, vectors, ${name}`, baseline.vectors, baseline.relevantIn);
    if (embedder === hashing)
      await evaluate("baseline: 1000/200, ts_rank_cd", baseline.fullText, baseline.relevantIn);
  } finally {
    await baseline.close();
  }
}
if (values.json) console.log(JSON.stringify({ ...results, latency, file: file.split("/").at(-1) }));
