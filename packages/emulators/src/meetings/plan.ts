import { createMatter } from "../hubspot/seed/prose.ts";
import { mixSeed, seededRandom } from "../random.ts";
import type { MeetingFact } from "./facts.ts";
import { INTERNAL_TITLES, MEETING_TITLES } from "./lines.ts";
import type { Customer, MeetingPerson } from "./people.ts";
import { type Story, tellStory } from "./story.ts";

/** A meeting that took place, whichever vendor recorded it. */
export interface HeldMeeting {
  readonly ordinal: number;
  readonly title: string;
  /** Undefined for meetings among colleagues. */
  readonly customer: Customer | undefined;
  /** In the order in which the story counts them: the host, then colleagues, then guests. */
  readonly people: readonly MeetingPerson[];
  /** How many of them are the host's colleagues, the host among them. */
  readonly ours: number;
  /** Epoch ms. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly fact: MeetingFact | undefined;
  /** Told anew each time, always the same. */
  story(): Story;
}

export interface PlanInput {
  readonly seed: number;
  readonly count: number;
  readonly staff: readonly MeetingPerson[];
  readonly customers: readonly Customer[];
  /** Sentences that are said in one meeting each. */
  readonly facts: readonly MeetingFact[];
  /** The last meeting ends before it, the first one begins at most `days` earlier. Epoch ms. */
  readonly until: number;
  readonly days: number;
}

const DAY = 86_400_000;
const MINUTE = 60_000;

/** Meetings in the order of their beginning. */
export function planMeetings(input: PlanInput): HeldMeeting[] {
  const { count, days, seed, until } = input;
  const meetings: HeldMeeting[] = [];
  for (let i = 0; i < count; i++) {
    const random = seededRandom(mixSeed(seed, 31, i));
    const durationMs = random.int(12, 48) * MINUTE;
    // Spread evenly, on the quarter hour, and never past the end.
    const share = (i + random.next() * 0.9) / Math.max(1, count);
    const spread = until - days * DAY + share * days * DAY;
    const quarter = 15 * MINUTE;
    const startMs = Math.floor((Math.min(spread, until) - durationMs - 5 * MINUTE) / quarter) * quarter;
    meetings.push(planMeeting({ ...input, ordinal: i, startMs, durationMs, fact: factOf(input, i) }));
  }
  return meetings;
}

/** Facts stand in every second meeting from the second on, so that they stand in small accounts too. */
function factOf({ facts }: PlanInput, ordinal: number): MeetingFact | undefined {
  return ordinal % 2 === 1 ? facts[(ordinal - 1) / 2] : undefined;
}

export interface MeetingInput {
  readonly seed: number;
  readonly ordinal: number;
  readonly staff: readonly MeetingPerson[];
  readonly customers: readonly Customer[];
  readonly startMs: number;
  readonly durationMs: number;
  readonly fact?: MeetingFact | undefined;
  /** Who comes; drawn from the customers unless told. */
  readonly guests?: Customer | undefined;
}

/** One meeting with people of one customer, or, now and then, among colleagues. */
export function planMeeting(input: MeetingInput): HeldMeeting {
  const { customers, fact, ordinal, seed, staff } = input;
  const random = seededRandom(mixSeed(seed, 32, ordinal));
  const drawn = customers.length > 0 && (fact !== undefined || !random.chance(0.12));
  const customer = input.guests ?? (drawn ? random.pick(customers) : undefined);
  const some = customer ? rotate(customer.people, random.int(0, 50)).slice(0, random.int(1, 3)) : [];
  const guests = input.guests?.people ?? some;
  const ours = Math.min(staff.length, customer ? random.int(1, 2) : random.int(2, 4));
  const colleagues = rotate(staff, random.int(0, 50)).slice(0, ours);
  const matter = createMatter(random, customer?.name ?? "Acme");
  const subject = matter.subject();
  const pattern: string = random.pick(customer ? MEETING_TITLES : INTERNAL_TITLES);
  const title = matter.fill(pattern.replaceAll("{subject}", subject));
  return {
    ordinal,
    title,
    customer,
    people: [...colleagues, ...guests],
    ours,
    startMs: input.startMs,
    durationMs: input.durationMs,
    fact,
    story: () =>
      tellStory({
        seed: mixSeed(seed, 33, ordinal),
        ours,
        theirs: guests.length,
        company: customer?.name ?? "Acme",
        durationMs: input.durationMs,
        fact,
      }),
  };
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
