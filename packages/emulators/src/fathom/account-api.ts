import type { Clock } from "../clock.ts";
import { customersOf, type MeetingPerson } from "../meetings/people.ts";
import { planMeeting } from "../meetings/plan.ts";
import { mixSeed, seededRandom } from "../random.ts";
import type { FathomAccount, FathomMeeting, FathomSharing, FathomTurn, FathomUser } from "./account.ts";
import { makeRecording } from "./record.ts";

export interface NewRecording {
  /** Who was there besides the host; some of one customer unless told. */
  readonly guests?: readonly MeetingPerson[];
  /** Address of who recorded it; drawn from the seed unless told. */
  readonly recordedBy?: string;
  readonly title?: string;
  /** 25 minutes unless told. */
  readonly durationMs?: number;
  /** When it began; so that it ends now unless told. Epoch ms. */
  readonly startMs?: number;
  /** `later`: until `finish`. `never`: there is none. `now` unless told. */
  readonly transcript?: "now" | "later" | "never";
  /** Webhooks fire when it is ready; `never` for calls too short to have one. */
  readonly summary?: "now" | "later" | "never";
  /** `all_teams` unless told. */
  readonly sharedWith?: FathomSharing;
  readonly impromptu?: boolean;
  /** What is said, word for word. */
  readonly turns?: readonly FathomTurn[];
}

export interface FathomMutation {
  readonly seed: number;
  /** Renamed meetings. */
  readonly edits?: number;
  readonly creations?: number;
  readonly deletions?: number;
}

/** The recording_ids that were touched. */
export interface FathomMutationReport {
  readonly edited: readonly number[];
  readonly created: readonly number[];
  readonly deleted: readonly number[];
}

/** What the people of an organisation do. */
export interface FathomAccountApi {
  readonly account: FathomAccount;
  meeting(recordingId: number): FathomMeeting;
  /** A call that took place. Webhooks hear of it when its summary is ready. */
  record(recording?: NewRecording): FathomMeeting;
  /** Transcript, summary and action items are ready. */
  finish(recordingId: number): void;
  /** Only the transcript is. No webhook. */
  finishTranscript(recordingId: number): void;
  /** No webhook, and no filter finds it. */
  rename(recordingId: number, title: string): void;
  editSummary(recordingId: number, markdown: string): void;
  /** No webhook either. */
  share(recordingId: number, sharedWith: FathomSharing): void;
  shareWith(recordingId: number, email: string): void;
  /** For good, and untold. */
  deleteMeeting(recordingId: number): void;
  addUser(user: { readonly name: string; readonly email: string; readonly team?: string }): FathomUser;
  deactivateUser(email: string): void;
  /** Seeded changes behind a reader's back. */
  mutate(changes: FathomMutation): FathomMutationReport;
}

export interface FathomAccountApiInput {
  readonly account: FathomAccount;
  readonly seed: number;
  readonly staff: readonly MeetingPerson[];
  readonly people: readonly MeetingPerson[];
  readonly clock: Clock;
  /** A summary became ready. */
  readonly tell: (account: FathomAccount, meeting: FathomMeeting) => void;
}

export function createAccountApi(input: FathomAccountApiInput): FathomAccountApi {
  const { account, clock, people, staff, tell } = input;
  const seed = mixSeed(input.seed, 60);
  const customers = customersOf(people);
  let ordinal = account.meetings.size;

  const meetingOf = (recordingId: number): FathomMeeting => {
    const meeting = account.meetings.get(Number(recordingId));
    if (!meeting) throw new RangeError(`There is no recording ${recordingId}.`);
    return meeting;
  };
  const userOf = (email: string): FathomUser => {
    const user = account.users.get(email);
    if (!user) throw new RangeError(`There is no user ${email}.`);
    return user;
  };
  const finishTranscript = (meeting: FathomMeeting) => {
    meeting.transcript = meeting.draft.transcript;
  };

  return {
    account,
    meeting: meetingOf,
    record(given = {}) {
      const durationMs = given.durationMs ?? 25 * 60_000;
      const startMs = given.startMs ?? clock.now() - durationMs;
      const host = given.recordedBy === undefined ? undefined : userOf(given.recordedBy);
      const hosts = host ? [{ name: host.name, email: host.email }] : staff;
      const guests = given.guests && {
        name: given.guests[0]?.company ?? "the customer",
        people: given.guests,
      };
      const held = planMeeting({
        seed,
        ordinal: ordinal++,
        staff: hosts,
        customers,
        guests,
        startMs,
        durationMs,
      });
      const meeting = makeRecording({ sharedWith: "all_teams", ...given, account, seed, held });
      account.meetings.set(meeting.recordingId, meeting);
      if (meeting.summary !== undefined) tell(account, meeting);
      return meeting;
    },
    finish(recordingId) {
      const meeting = meetingOf(recordingId);
      const told = meeting.summary !== undefined;
      finishTranscript(meeting);
      meeting.summary = meeting.draft.summary;
      meeting.actionItems = meeting.draft.actionItems;
      // Once, whatever is changed later.
      if (!told) tell(account, meeting);
    },
    finishTranscript: (recordingId) => finishTranscript(meetingOf(recordingId)),
    rename(recordingId, title) {
      meetingOf(recordingId).title = title;
    },
    editSummary(recordingId, markdown) {
      meetingOf(recordingId).summary = markdown;
    },
    share(recordingId, sharedWith) {
      meetingOf(recordingId).sharedWith = sharedWith;
    },
    shareWith: (recordingId, email) => void meetingOf(recordingId).sharedPeople.add(email),
    deleteMeeting: (recordingId) => void account.meetings.delete(meetingOf(recordingId).recordingId),
    addUser({ email, name, team }) {
      const user: FathomUser = { name, email, team, createdAt: clock.now(), active: true };
      account.users.set(email, user);
      return user;
    },
    deactivateUser(email) {
      userOf(email).active = false;
    },
    mutate({ creations = 0, deletions = 0, edits = 0, seed: by }) {
      const random = seededRandom(by);
      const report = { edited: [] as number[], created: [] as number[], deleted: [] as number[] };
      const each = (count: number, act: (meeting: FathomMeeting) => void, into: number[]) => {
        for (let i = 0; i < count && account.meetings.size > 0; i++) {
          const meeting = random.pick([...account.meetings.values()]);
          act(meeting);
          into.push(meeting.recordingId);
        }
      };
      for (let i = 0; i < creations; i++) report.created.push(this.record().recordingId);
      each(
        edits,
        (one) => this.rename(one.recordingId, `${one.title} (${random.int(2, 99)})`),
        report.edited,
      );
      each(deletions, (one) => this.deleteMeeting(one.recordingId), report.deleted);
      return report;
    },
  };
}
