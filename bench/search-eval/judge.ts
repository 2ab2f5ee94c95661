import type { Meeting, Place, Question } from "./meetings.ts";

/** A passage that a ranking returned, best first. */
export interface Passage {
  readonly meeting: Meeting;
  readonly start: number;
  readonly end: number;
}

export interface Ranking {
  /** Over all meetings. */
  readonly overall: readonly Passage[];
  /** Of the right meeting alone, all of it. */
  readonly within: readonly Passage[];
}

/** PERFORMANCE §11. */
export interface Figures {
  /** Share of the relevant turns (at least half of each) in the first 8,000 characters returned. */
  readonly cov8k: number;
  readonly hit8k: number;
  /** The same in the first 4,000 of the right meeting. */
  readonly inCov4k: number;
  readonly mrr: number;
  /** By passages: these move with their length alone. */
  readonly recall10: number;
  readonly ndcg10: number;
}

/** `relevantIn` says how many of the passages that could be returned are relevant. */
export function judge(
  question: Question,
  { overall, within }: Ranking,
  relevantIn: (question: Question) => number,
): Figures {
  const covered = coverage(overall, question, 8_000);
  const relevant = overall.map((passage) => isRelevant(passage, question));
  const first = relevant.indexOf(true);
  const ten = relevant.slice(0, 10);
  const all = relevantIn(question);
  const gain = ten.reduce((sum, yes, rank) => sum + (yes ? 1 / Math.log2(rank + 2) : 0), 0);
  const ideal = Array.from({ length: Math.min(10, all) }, (_, rank) => 1 / Math.log2(rank + 2));
  return {
    cov8k: covered,
    hit8k: covered > 0 ? 1 : 0,
    inCov4k: coverage(within, question, 4_000),
    mrr: first < 0 ? 0 : 1 / (first + 1),
    recall10: all === 0 ? 0 : ten.filter(Boolean).length / all,
    ndcg10: all === 0 ? 0 : gain / ideal.reduce((sum, one) => sum + one, 0),
  };
}

export function isRelevant({ meeting, start, end }: Passage, question: Question): boolean {
  if (meeting !== question.meeting) return false;
  return question.relevant.some(
    ([from, to]) => overlap(start, end, from, to) >= (to - from) / 2 || (start >= from && end <= to),
  );
}

/** Overlaps count once, and the passage at the budget's end is cut there. */
function coverage(ranking: readonly Passage[], question: Question, budget: number): number {
  const shown: Place[] = [];
  let left = budget;
  for (const { end, meeting, start } of ranking) {
    if (left <= 0) break;
    const cut = Math.min(end, start + left);
    left -= cut - start;
    if (meeting === question.meeting) shown.push([start, cut]);
  }
  const merged = merge(shown);
  const found = question.relevant.filter(
    ([from, to]) =>
      merged.reduce((sum, [start, end]) => sum + overlap(start, end, from, to), 0) >= (to - from) / 2,
  );
  return found.length / question.relevant.length;
}

function merge(places: readonly Place[]): Place[] {
  const merged: Place[] = [];
  for (const [start, end] of places.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start < last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], end)];
    else merged.push([start, end]);
  }
  return merged;
}

const overlap = (start: number, end: number, from: number, to: number): number =>
  Math.max(0, Math.min(end, to) - Math.max(start, from));

export function mean(all: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => all.reduce((sum, one) => sum + one[name], 0) / Math.max(1, all.length);
  return {
    cov8k: of("cov8k"),
    hit8k: of("hit8k"),
    inCov4k: of("inCov4k"),
    mrr: of("mrr"),
    recall10: of("recall10"),
    ndcg10: of("ndcg10"),
  };
}
