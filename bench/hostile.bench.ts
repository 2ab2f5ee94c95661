import { redact } from "../packages/core/src/http/redact.ts";
import { chunkText } from "../packages/core/src/knowledge/chunk/chunk-text.ts";
import { cleanText } from "../packages/core/src/knowledge/clean/clean-text.ts";
import { splitQuotedReply } from "../packages/core/src/knowledge/clean/split-quoted-reply.ts";
import { quotedText } from "../packages/core/src/knowledge/distil/find-quote.ts";
import { cutByTokens } from "../packages/core/src/knowledge/embedders/cut-by-tokens.ts";
import { cutForModel } from "../packages/core/src/knowledge/embedders/embed-in-pieces.ts";
import { htmlToText, splitQuotedHtml } from "../packages/core/src/knowledge/html/index.ts";
import { tameHtml } from "../packages/core/src/knowledge/html/tame-html.ts";
import { analyze, analyzeQuery } from "../packages/core/src/knowledge/lexical/analyze.ts";
import { decide } from "../packages/core/src/knowledge/rules/decide.ts";
import { timeSpan } from "../packages/core/src/knowledge/transcript/time-span.ts";
import { transcriptText } from "../packages/core/src/knowledge/transcript/transcript-text.ts";
import { parseVtt } from "../packages/zoom/src/vtt/parse-vtt.ts";
import { speakerTurns } from "../packages/zoom/src/vtt/speaker-turns.ts";
import type { Bench, Row } from "./bench.ts";

const size = 262_144;
const rounds = 7;
const mostMs = 50;

const texts = [
  ..." |\n|a|A: |A: \n|> \n|On 1\n|On 1 wrote: |From: a\n|-----|# \n|1:1|\u200d|a\u200d|\u0301\u0316|\ufdfa|漢".split(
    "|",
  ),
  ..."\ud800|this email |__|\u00a0\n|. |ing |\u{e0041}|[00:00:01] |[|“|Bearer |a@|https://a.test/?token=|\t\n".split(
    "|",
  ),
];
const markups = [
  ...'<div>|<b>|<p>|<p>a|<|<a|<a href="|<!--|<!--x-->|<script>|</p>|<table><tr><td>|<ul><li>|<br>|<a x |&amp;'.split(
    "|",
  ),
  ..."<div class=gmail |<div class=\"|<blockquote type=|</|<a href='http://x.test/'>x</a>|<?|<td>|<li>|<h1>|<pre>\n".split(
    "|",
  ),
];
const cue = "00:00:01.000 --> 00:00:02.000\n";
const files = [
  " ",
  "-->\n",
  "-->",
  "0:0 --> 0:1\na\n\n",
  "\n",
  `${cue}<v `,
  "<b.",
  ": ",
  "Ab ",
  "&am",
  "x",
  "1",
];

const rules = {
  stamp: "",
  keywords: [{ id: "r", version: 1, text: "a b  c" }],
  topics: [],
} as unknown as Parameters<typeof decide>[2];

/** Every function that reads what strangers wrote, and what they would write to make it slow. */
const functions: readonly (readonly [string, readonly string[], (text: string) => unknown])[] = [
  ["cleanText", texts, cleanText],
  ["splitQuotedReply", texts, splitQuotedReply],
  ["chunkText", texts, (text) => chunkText(text, { size: 1_600 })],
  ["cutForModel", texts, (text) => cutForModel(text, 550)],
  ["cutByTokens", texts, (text) => cutByTokens(text, { maxTokens: 256, countTokens: (of) => of.length / 4 })],
  ["analyze", texts, analyze],
  ["analyzeQuery", texts, analyzeQuery],
  ["quotedText", texts, (text) => quotedText(text).find(text.slice(0, 2_000))],
  ["decide", texts, (text) => decide({ id: "d", revision: 1, verdicts: {} }, text, rules)],
  ["timeSpan", texts, timeSpan],
  ["transcriptText", texts, (text) => transcriptText([{ speaker: text, text }] as never)],
  ["redact", texts, redact],
  ["tameHtml", markups, (html) => tameHtml(html, 100)],
  ["splitQuotedHtml", markups, splitQuotedHtml],
  ["htmlToText", markups, (html) => htmlToText(html)],
  ["zoom: parseVtt", files, async (file) => speakerTurns(await parseVtt(`WEBVTT\n\n${file}`))],
];

const bench: Bench = {
  name: "hostile",
  about:
    "T25: 256 kB of text that was written to be slow, for every function that reads what strangers wrote",
  async run({ log }) {
    const ratios: Record<string, number> = {};
    const rows: Row[] = [];
    for (const [name, units, run] of functions) {
      log(name);
      let worst = { ms: 0, unit: "", growth: 1 };
      for (const unit of units) {
        const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
        const half = await cpuMs(() => run(text.slice(0, size / 2)));
        const ms = await cpuMs(() => run(text));
        if (ms > worst.ms) worst = { ms, unit, growth: ms / half };
      }
      rows.push({
        function: name,
        "slowest of": JSON.stringify(worst.unit),
        ms: worst.ms,
        "x half of it": worst.growth,
      });
      ratios[`T25.${name}.ms`] = worst.ms;
    }
    ratios.T25 = Math.max(...Object.values(ratios));
    return {
      ratios,
      rows,
      notes: [
        `This thread's time on the processor, the fastest of ${rounds}, since a busy machine only adds. Target: at most ${mostMs} ms each.`,
      ],
    };
  },
};
export default bench;

const bed = new Int32Array(new SharedArrayBuffer(4));

/** Linux counts a running thread's time by the tick and exactly once it sleeps: so it does, for a moment. */
function usedMs(): number {
  Atomics.wait(bed, 0, 0, 0.01);
  const { system, user } = process.threadCpuUsage();
  return (system + user) / 1_000;
}

async function cpuMs(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = usedMs();
    await run();
    times.push(usedMs() - before);
  }
  return Math.min(...times);
}
