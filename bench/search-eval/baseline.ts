import { PGlite } from "@electric-sql/pglite";
import type { Embedder } from "@halo/core";
import { RecursiveCharacterTextSplitter } from "@langchain/textsplitters";
import { embedInPieces } from "../../packages/core/src/knowledge/embedders/embed-in-pieces.ts";
import { isRelevant, type Passage, type Ranking } from "./judge.ts";
import type { Meeting, Question } from "./meetings.ts";

/** What most tutorials build: a recursive splitter of 1,000 characters with 200 of overlap. */
export interface Baseline {
  /** Nearest vectors, nothing else. */
  vectors(question: Question): Promise<Ranking>;
  /** Postgres' own full text: any of the words, `ts_rank_cd`. */
  fullText(question: Question): Promise<Ranking>;
  relevantIn(question: Question): number;
  close(): Promise<void>;
}

export async function openBaseline(meetings: readonly Meeting[], embedder: Embedder): Promise<Baseline> {
  const splitter = new RecursiveCharacterTextSplitter({ chunkSize: 1_000, chunkOverlap: 200 });
  const passages: (Passage & { readonly text: string })[] = [];
  for (const meeting of meetings) {
    let from = 0;
    for (const text of await splitter.splitText(meeting.text)) {
      const start = meeting.text.indexOf(text, from);
      if (start < 0) throw new Error("The splitter gave a text that is not in the meeting.");
      from = start + 1;
      passages.push({ meeting, start, end: start + text.length, text });
    }
  }
  const vectors = (
    await embedInPieces(
      embedder,
      passages.map(({ text }) => text),
      { kind: "document" },
    )
  ).map((pieces) => pieces.map(unit));
  const db = await PGlite.create("memory://");
  await db.exec("create table passages (id integer primary key, words tsvector not null)");
  await db.query(
    "insert into passages select x.id, to_tsvector('english', x.text) from json_to_recordset($1::json) as x(id integer, text text)",
    [JSON.stringify(passages.map(({ text }, id) => ({ id, text })))],
  );
  const ranked = (ids: readonly number[], { meeting }: Question): Ranking => {
    const overall = ids.map((id) => passages[id]).filter((passage) => passage !== undefined);
    return { overall, within: overall.filter((passage) => passage.meeting === meeting) };
  };
  return {
    async vectors(question) {
      const [[vector] = []] = await embedInPieces(embedder, [question.query], { kind: "query" });
      const asked = unit(vector ?? new Float32Array(embedder.dimensions));
      const scores = vectors.map((pieces) => Math.max(...pieces.map((piece) => dot(piece, asked))));
      const ids = scores.map((_, id) => id).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
      return ranked(ids, question);
    },
    async fullText(question) {
      const { rows } = await db.query<{ id: number }>(
        `select id from passages, to_tsquery('english', $1) as asked where words @@ asked
         order by ts_rank_cd(words, asked) desc, id`,
        [(question.query.match(/[\p{L}\p{N}]+/gu) ?? ["nothing"]).join(" | ")],
      );
      return ranked(
        rows.map(({ id }) => id),
        question,
      );
    },
    relevantIn: (question) => passages.filter((passage) => isRelevant(passage, question)).length,
    close: () => db.close(),
  };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((x) => x / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
