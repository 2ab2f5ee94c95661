import { MEETING_FACTS } from "../../meetings/facts.ts";
import { customersOf, type MeetingPerson, staffOf } from "../../meetings/people.ts";
import { type HeldMeeting, planMeetings } from "../../meetings/plan.ts";
import { mixSeed, seededRandom } from "../../random.ts";
import type { ZoomAccount, ZoomUser } from "../account.ts";
import { makeMeeting, uuidOf } from "../hold.ts";
import type { ZoomAccountSize } from "../options.ts";
import { awkwardOf, makeAwkward, type ZoomAwkward, type ZoomAwkwardKind } from "./awkward.ts";

/** A sentence that is said in exactly one meeting. */
export interface PlantedCue {
  readonly question: string;
  readonly phrase: string;
  readonly meetingUuid: string;
  readonly speaker: string;
  /** From the beginning of the recording. */
  readonly atMs: number;
  readonly customer: { readonly name: string; readonly emails: readonly string[] };
}

export interface SeedInput {
  readonly seed: number;
  readonly number: number;
  readonly domain: string;
  readonly size: ZoomAccountSize;
  readonly people: readonly MeetingPerson[];
  readonly until: number;
  readonly awkward: boolean;
}

export interface SeededAccount {
  readonly account: ZoomAccount;
  readonly planted: readonly PlantedCue[];
  readonly awkward: ZoomAwkward;
  readonly staff: readonly MeetingPerson[];
}

const DAY = 86_400_000;
const ZONES = ["America/New_York", "Europe/Berlin", "Europe/London", "Asia/Tokyo"];

const urlSafe = (text: string) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** An account and what it remembers. The same input gives the same account to the byte. */
export function seedAccount(input: SeedInput): SeededAccount {
  const { domain, number, people, seed, size, until } = input;
  const random = seededRandom(mixSeed(seed, 51));
  const staff = staffOf(random, Math.max(1, size.users), domain);
  const users = staff.map((person, i): ZoomUser => {
    const [firstName = "", ...last] = person.name.split(" ");
    return {
      id: urlSafe(uuidOf(seed, "user", i)),
      email: person.email ?? "",
      firstName,
      lastName: last.join(" "),
      type: i === 0 || random.chance(0.8) ? 2 : 1,
      roleName: i === 0 ? "Owner" : random.chance(0.2) ? "Admin" : "Member",
      // Whoever left keeps their recordings, which a list of active people does not lead to.
      status: i > 2 && i === staff.length - 1 ? "inactive" : "active",
      timezone: random.pick(ZONES),
      createdAt: until - random.int(400, 900) * DAY,
    };
  });
  const account: ZoomAccount = {
    id: urlSafe(uuidOf(seed, "account")),
    number,
    accountNumber: 10_000_000 + (mixSeed(seed, 52) % 80_000_000),
    domain,
    ownerId: users[0]?.id ?? "",
    users: new Map(users.map((user) => [user.id, user])),
    meetings: new Map(),
  };
  const plans = planMeetings({
    seed,
    count: size.meetings,
    staff,
    customers: customersOf(people),
    facts: MEETING_FACTS.slice(0, 6),
    until,
    days: size.days,
  });
  const planted: PlantedCue[] = [];
  const awkward = new Map<ZoomAwkwardKind, string>();
  for (const held of plans) {
    const kind = input.awkward ? awkwardOf(held.ordinal) : undefined;
    // A weekly of the same number, so that its instances differ by UUID alone.
    const weekly = held.ordinal % 8 === 3 && {
      id: 85_000_000_000 + (mixSeed(seed, 53) % 1_000_000_000),
      type: 8 as const,
    };
    const options = { account, seed, held, ...weekly };
    const meeting = kind ? makeAwkward(kind, options) : makeMeeting(options);
    account.meetings.set(meeting.uuid, meeting);
    if (kind) awkward.set(kind, meeting.uuid);
    const fact = plantedIn(held, meeting.uuid);
    if (fact) planted.push(fact);
  }
  return { account, planted, awkward, staff };
}

function plantedIn(held: HeldMeeting, meetingUuid: string): PlantedCue | undefined {
  const { customer, fact, people } = held;
  if (!fact || !customer) return undefined;
  const turn = held.story().turns.find(({ text }) => text === fact.phrase);
  if (!turn) return undefined;
  const emails = people.slice(held.ours).flatMap(({ email }) => (email === undefined ? [] : [email]));
  return {
    ...fact,
    meetingUuid,
    speaker: people[turn.speaker]?.name ?? "",
    atMs: turn.startMs,
    customer: { name: customer.name, emails },
  };
}
