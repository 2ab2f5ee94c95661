import { hashSeed, mixSeed, seededRandom } from "../../packages/emulators/src/random.ts";

export interface Transcript {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly updatedAt: string;
}

const speakers = ["Ann Lee", "Ben Okoro", "Cleo Díaz"];
const talk = [
  "So that is where we are with the rollout.",
  "I think the second team will be trained in spring.",
  "The weather was better last year when we met.",
  "Let me share my screen for a moment.",
];
const said = [
  "We struggle with the export every Monday.",
  "I'll send the new numbers tomorrow.",
  "The price per seat is too high for us.",
  "Our contract ends in June, so the renewal is open.",
];

/** The n-th transcript of a seed: some turns of talk, and some that are worth keeping. */
export function transcript(seed: string, n: number): Transcript {
  const random = seededRandom(mixSeed(hashSeed(seed), n));
  const turns = Array.from({ length: random.int(20, 60) }, (_, turn) => {
    const line = random.chance(0.15) ? `${random.pick(said)} That was point ${turn}.` : random.pick(talk);
    return `${random.pick(speakers)}: ${line}`;
  });
  turns.push(`${speakers[0]}: ${said[n % said.length]}`);
  const updatedAt = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  return { id: String(n).padStart(4, "0"), title: `Call ${n}`, body: turns.join("\n\n"), updatedAt };
}
