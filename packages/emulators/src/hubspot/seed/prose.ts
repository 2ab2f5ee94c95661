import type { Random } from "../../random.ts";
import { CITIES, FIRST_NAMES, LAST_NAMES, PRODUCTS } from "./names.ts";
import { FEATURES, FILLERS, TOOLS, TOPICS, type Topic } from "./topics.ts";

/** What one text is about; its facts stay the same throughout, so that a thread makes sense. */
export interface Matter {
  readonly topic: Topic;
  subject(): string;
  /** The customer explains: two to six sentences. */
  message(): string[];
  /** What the vendor's people note down afterwards. */
  outcome(): string[];
  ask(): string;
  /** Puts the matter's facts into the slots of a text. */
  fill(text: string): string;
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Chooses a topic and its facts from the random source. */
export function createMatter(random: Random, company: string): Matter {
  const topic = random.pick(TOPICS);
  const facts = new Map<string, string>([["company", company]]);
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_, slot: string) => {
      const known = facts.get(slot);
      if (known !== undefined) return known;
      const fact = invent(slot, random);
      facts.set(slot, fact);
      return fact;
    });
  const some = (items: readonly string[], count: number) => {
    const left = [...items];
    const chosen: string[] = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(random.int(0, left.length - 1), 1));
    }
    return chosen.map(fill);
  };
  return {
    topic,
    fill,
    subject: () => fill(random.pick(topic.subjects)),
    ask: () => fill(random.pick(topic.asks)),
    message: () => [
      ...some(topic.openings, 1),
      ...some(topic.details, random.int(1, 3)),
      ...(random.chance(0.5) ? some(FILLERS, 1) : []),
      ...some(topic.asks, random.int(1, 2)),
    ],
    outcome: () => [...some(topic.details, 1), ...some(topic.outcomes, random.int(1, 2))],
  };
}

function invent(slot: string, random: Random): string {
  switch (slot) {
    case "product":
      return random.pick(PRODUCTS);
    case "feature":
      return random.pick(FEATURES);
    case "tool":
      return random.pick(TOOLS);
    case "colleague":
      return `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
    case "city":
      return random.pick(CITIES)[0];
    case "month":
      return random.pick(MONTHS);
    case "date":
      return `${random.int(1, 28)} ${random.pick(MONTHS)}`;
    case "time":
      return `${random.int(8, 17)}:${random.pick(["00", "15", "30", "45"])}`;
    case "amount":
      return `${random.pick(["$", "€", "£"])}${(random.int(2, 990) * 50).toLocaleString("en-US")}`;
    case "percent":
      return String(random.int(3, 45));
    case "seats":
      return String(random.int(4, 480));
    case "version":
      return `${random.int(2, 9)}.${random.int(0, 20)}.${random.int(0, 9)}`;
    case "code":
      return `${random.pick(["QX", "HB", "ND", "RK", "ZT"])}-${random.int(10_000, 99_999)}`;
    default:
      return String(random.int(3, 9_500));
  }
}
