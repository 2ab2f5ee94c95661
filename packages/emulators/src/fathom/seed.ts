import { MEETING_FACTS } from "../meetings/facts.ts";
import { HOSTILE_LINES } from "../meetings/hostile.ts";
import { customersOf, type MeetingPerson, staffOf } from "../meetings/people.ts";
import { type HeldMeeting, planMeetings } from "../meetings/plan.ts";
import { mixSeed, seededRandom } from "../random.ts";
import type { FathomAccount, FathomMeeting, FathomUser } from "./account.ts";
import type { FathomOrganisationSize } from "./options.ts";
import { makeRecording, type RecordOptions } from "./record.ts";

/** What can be odd about a meeting; each stands in the seed once, where there are meetings enough. */
export const FATHOM_AWKWARD = [
  "impromptu",
  "late_transcript",
  "no_summary",
  "empty_transcript",
  "by_guest",
  "hostile_text",
  "unmatched_speakers",
  "private_of_another",
  "other_language",
] as const;
export type FathomAwkwardKind = (typeof FATHOM_AWKWARD)[number];
export type FathomAwkward = ReadonlyMap<FathomAwkwardKind, number>;

/** A sentence that is said in exactly one meeting. */
export interface PlantedTurn {
  readonly question: string;
  readonly phrase: string;
  readonly recordingId: number;
  readonly speaker: string;
  /** From the beginning of the recording. */
  readonly atMs: number;
  readonly customer: { readonly name: string; readonly emails: readonly string[] };
}

export interface SeedInput {
  readonly seed: number;
  readonly number: number;
  readonly domain: string;
  readonly size: FathomOrganisationSize;
  readonly people: readonly MeetingPerson[];
  readonly until: number;
  readonly awkward: boolean;
}

export interface SeededOrganisation {
  readonly account: FathomAccount;
  readonly planted: readonly PlantedTurn[];
  readonly awkward: FathomAwkward;
  readonly staff: readonly MeetingPerson[];
}

const DAY = 86_400_000;
const TEAMS = ["Sales", "Customer Success", "Product"];

/** An organisation and what it recorded. The same input gives the same one to the byte. */
export function seedOrganisation(input: SeedInput): SeededOrganisation {
  const { domain, number, people, size, until } = input;
  // Other meetings than those of the Zoom emulator of this seed.
  const seed = mixSeed(input.seed, 60);
  const staff = staffOf(seededRandom(mixSeed(seed, 64)), Math.max(1, size.users), domain);
  const users = staff.map(
    ({ email = "", name }, i): FathomUser => ({
      name,
      email,
      // Somebody is in no team.
      team: i === 4 ? undefined : TEAMS[i % 2],
      createdAt: until - (500 - i * 20) * DAY,
      active: true,
    }),
  );
  const account: FathomAccount = {
    number,
    domain,
    ownerEmail: users[0]?.email ?? "",
    users: new Map(users.map((user) => [user.email, user])),
    teams: TEAMS.map((name, i) => ({ name, createdAt: until - (480 - i * 10) * DAY })),
    meetingTypes: ["Discovery", "Demo", "Check-in", "Renewal"],
    meetings: new Map(),
  };
  const plans = planMeetings({
    seed,
    count: size.meetings,
    staff,
    customers: customersOf(people),
    facts: MEETING_FACTS.slice(6),
    until,
    days: size.days,
  });
  const planted: PlantedTurn[] = [];
  const awkward = new Map<FathomAwkwardKind, number>();
  for (const held of plans) {
    const kind = input.awkward ? awkwardOf(held.ordinal) : undefined;
    // What is planted is visible to everybody.
    const options = { account, seed, held, ...(held.fact && { sharedWith: "all_teams" as const }) };
    const meeting = kind ? makeAwkward(kind, options, staff) : makeRecording(options);
    account.meetings.set(meeting.recordingId, meeting);
    if (kind) awkward.set(kind, meeting.recordingId);
    const fact = plantedIn(held, meeting.recordingId);
    if (fact) planted.push(fact);
  }
  return { account, planted, awkward, staff };
}

/** The even ones: the odd ones hold facts. */
const awkwardOf = (ordinal: number): FathomAwkwardKind | undefined =>
  ordinal > 0 && ordinal % 2 === 0 ? FATHOM_AWKWARD[ordinal / 2 - 1] : undefined;

function makeAwkward(
  kind: FathomAwkwardKind,
  base: RecordOptions,
  staff: readonly MeetingPerson[],
): FathomMeeting {
  const open = { ...base, sharedWith: "all_teams" } as const;
  switch (kind) {
    case "impromptu":
      return makeRecording({ ...open, impromptu: true });
    case "late_transcript":
      return makeRecording({ ...open, transcript: "later", summary: "later" });
    case "no_summary":
      return makeRecording({ ...open, summary: "never" });
    case "empty_transcript":
      return makeRecording({ ...open, turns: [] });
    case "by_guest":
      return makeRecording({ ...open, held: hostedBy(base.held, staff[0]), byGuest: true });
    case "unmatched_speakers":
      return makeRecording({ ...open, unmatched: true });
    case "private_of_another":
      return makeRecording({ ...base, held: hostedBy(base.held, staff[1]), sharedWith: "no_teams" });
    case "other_language":
      return makeRecording({
        ...open,
        language: "de",
        title: "Quartalsgespräch mit Zoë & Søren – Rückblick",
      });
    case "hostile_text": {
      const said = base.held.people[base.held.ours] ?? base.held.people[0];
      const turns = HOSTILE_LINES.map((text, i) => ({
        speaker: said?.name ?? "Guest",
        email: said?.email,
        atMs: 4_000 * (i + 1),
        text,
      }));
      return makeRecording({ ...open, turns, title: `Q3 review <b>${HOSTILE_LINES[0]}</b>` });
    }
  }
}

const hostedBy = (held: HeldMeeting, host: MeetingPerson | undefined): HeldMeeting =>
  host === undefined ? held : { ...held, people: held.people.with(0, host) };

function plantedIn(held: HeldMeeting, recordingId: number): PlantedTurn | undefined {
  const { customer, fact, people } = held;
  const turn = fact && held.story().turns.find(({ text }) => text === fact.phrase);
  if (!fact || !customer || !turn) return undefined;
  const emails = people.slice(held.ours).flatMap(({ email }) => (email === undefined ? [] : [email]));
  return {
    ...fact,
    recordingId,
    speaker: people[turn.speaker]?.name ?? "",
    atMs: turn.startMs,
    customer: { name: customer.name, emails },
  };
}
