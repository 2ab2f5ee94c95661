import { createMatter, type Matter } from "../hubspot/seed/prose.ts";
import { type Random, seededRandom } from "../random.ts";
import type { MeetingFact } from "./facts.ts";
import {
  ACKNOWLEDGEMENTS,
  AGENDAS,
  ANSWERS,
  CLOSINGS,
  COMMITMENTS,
  CONFIRMATIONS,
  CUSTOMER_COMMITMENTS,
  DETOURS,
  GREETINGS,
  PROBES,
  RECAPS,
} from "./lines.ts";

/** One stretch of speech by one person. */
export interface Turn {
  /** Index into the people of the meeting. */
  readonly speaker: number;
  /** From the beginning of the recording. */
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

export interface ActionItem {
  readonly text: string;
  readonly assignee: number;
  readonly atMs: number;
}

/** What was said in a meeting, and what came of it. */
export interface Story {
  readonly turns: readonly Turn[];
  readonly actionItems: readonly ActionItem[];
  /** One paragraph for each matter. */
  readonly topics: readonly { readonly title: string; readonly outcome: string; readonly atMs: number }[];
}

export interface StoryInput {
  readonly seed: number;
  /** How many speak, from the vendor's side (at least 1) and from the customer's. */
  readonly ours: number;
  readonly theirs: number;
  readonly company: string;
  readonly durationMs: number;
  readonly fact?: MeetingFact | undefined;
}

/** Between 140 and 180 words a minute is usual. */
const MS_PER_WORD = 370;

/** A conversation about as long as asked for. The same input gives the same words. */
export function tellStory(input: StoryInput): Story {
  const random = seededRandom(input.seed);
  const turns: Turn[] = [];
  const actionItems: ActionItem[] = [];
  const topics: Story["topics"][number][] = [];
  let at = random.int(800, 6_000);
  const end = input.durationMs - 20_000;

  const us = () => random.int(0, input.ours - 1);
  const them = () => (input.theirs === 0 ? us() : input.ours + random.int(0, input.theirs - 1));
  const say = (speaker: number, text: string): number => {
    const startMs = at;
    const words = text.split(" ").length;
    at += Math.max(500, Math.round(words * MS_PER_WORD * (0.85 + random.next() * 0.3)));
    turns.push({ speaker, startMs, endMs: at, text });
    at += random.int(120, 1_400);
    return startMs;
  };
  const acknowledge = (speaker: number) => {
    if (random.chance(0.35)) say(speaker, random.pick(ACKNOWLEDGEMENTS));
  };

  let matter = createMatter(random, input.company);
  for (const greeting of some(random, GREETINGS, random.int(2, 5)))
    say(random.chance(0.5) ? us() : them(), matter.fill(greeting));
  say(0, matter.fill(random.pick(AGENDAS)));
  let fact = input.fact;
  do {
    discuss(matter);
    if (fact) {
      say(them(), fact.phrase);
      say(us(), random.pick(ACKNOWLEDGEMENTS));
      fact = undefined;
    }
    if (random.chance(0.3)) say(random.chance(0.5) ? us() : them(), matter.fill(random.pick(DETOURS)));
    matter = createMatter(random, input.company);
  } while (at < end);
  for (const closing of CLOSINGS.slice(random.int(0, 3)))
    say(random.chance(0.5) ? us() : them(), matter.fill(closing));
  return { turns, actionItems, topics };

  function discuss(about: Matter): void {
    const [guest, host] = [them(), us()];
    const [opening = "", ...rest] = about.message();
    const atMs = say(guest, opening);
    acknowledge(host);
    say(host, about.fill(random.pick(PROBES)));
    for (const detail of rest) say(random.chance(0.8) ? guest : them(), detail);
    say(host, about.fill(random.pick(ANSWERS)));
    acknowledge(guest);
    if (random.chance(0.5)) {
      say(guest, about.ask());
      say(host, about.fill(random.pick(ANSWERS)));
    }
    promise(host, COMMITMENTS, about);
    if (input.theirs > 0 && random.chance(0.3)) promise(guest, CUSTOMER_COMMITMENTS, about);
    say(guest, random.pick(CONFIRMATIONS));
    const outcome = about.outcome();
    say(host, `${random.pick(RECAPS)} ${outcome.at(-1) ?? ""}`);
    topics.push({ title: about.subject(), outcome: outcome.join(" "), atMs });
  }

  function promise(assignee: number, from: typeof COMMITMENTS, about: Matter): void {
    const { item, said } = random.pick(from);
    actionItems.push({ text: about.fill(item), assignee, atMs: say(assignee, about.fill(said)) });
  }
}

/** Some of them, in their order. */
function some<T>(random: Random, items: readonly T[], count: number): T[] {
  const start = random.int(0, Math.max(0, items.length - count));
  return items.slice(start, start + count);
}
