import type { Clock } from "../clock.ts";
import { customersOf, type MeetingPerson } from "../meetings/people.ts";
import { planMeeting } from "../meetings/plan.ts";
import { seededRandom } from "../random.ts";
import { findUser, transcriptOf, type ZoomAccount, type ZoomMeeting, type ZoomUser } from "./account.ts";
import type { NewChange, ZoomChange } from "./changes.ts";
import { hugeContent, makeFile, textContent } from "./content.ts";
import { makeMeeting } from "./hold.ts";

export interface NewZoomMeeting {
  /** Who was there besides the host; some of one customer unless told. */
  readonly guests?: readonly MeetingPerson[];
  /** By id or address; drawn from the seed unless told. */
  readonly host?: string;
  readonly topic?: string;
  readonly uuid?: string;
  /** The number that instances share. */
  readonly id?: number;
  /** 25 minutes unless told. */
  readonly durationMs?: number;
  /** When it began; so that it ends now unless told. Epoch ms. */
  readonly startMs?: number;
  /** False: nobody pressed the button. */
  readonly recorded?: boolean;
  readonly isPrivate?: boolean;
  /** False: the vendor knows of no participants. */
  readonly listed?: boolean;
  /** `later`: until `completeTranscript`. `never`: there is none. True unless told. */
  readonly transcript?: "now" | "later" | "never";
  /** The transcript's file, word for word. */
  readonly vtt?: string;
  /** A valid transcript of at least so many bytes, sent without its length. */
  readonly vttBytes?: number;
}

/** What the people of an account do. Each tells those who subscribed. */
export interface ZoomAccountApi {
  readonly account: ZoomAccount;
  meeting(uuid: string): ZoomMeeting;
  /** A meeting that takes place and ends: events of its beginning, its people, its end, its recording and transcript. */
  hold(meeting?: NewZoomMeeting): ZoomMeeting;
  completeTranscript(uuid: string, vtt?: string): void;
  /** Words that were corrected by hand: no event, no other file id. */
  editTranscript(uuid: string, vtt: string): void;
  rename(uuid: string, topic: string): void;
  trashRecording(uuid: string): void;
  recoverRecording(uuid: string): void;
  /** For good. */
  deleteRecording(uuid: string): void;
  /** Addresses given out so far are dead; the next ones work. */
  expireDownloads(uuid: string): void;
  /** No address of this meeting's files works any more. */
  killDownloads(uuid: string): void;
  addUser(user: { readonly email: string; readonly firstName: string; readonly lastName: string }): ZoomUser;
  deactivateUser(idOrEmail: string): void;
  deleteUser(idOrEmail: string): void;
  /** Seeded changes behind a reader's back. */
  mutate(changes: ZoomMutation): ZoomMutationReport;
}

export interface ZoomMutation {
  readonly seed: number;
  /** Renamed meetings. */
  readonly edits?: number;
  readonly creations?: number;
  /** Recordings that go to the trash. */
  readonly deletions?: number;
}

/** UUIDs of the meetings that were touched. */
export interface ZoomMutationReport {
  readonly edited: readonly string[];
  readonly created: readonly string[];
  readonly deleted: readonly string[];
}

export interface ZoomAccountApiInput {
  readonly account: ZoomAccount;
  readonly seed: number;
  readonly staff: readonly MeetingPerson[];
  readonly people: readonly MeetingPerson[];
  readonly clock: Clock;
  readonly tell: (change: ZoomChange) => void;
}

const MINUTE = 60_000;

export function createAccountApi(input: ZoomAccountApiInput): ZoomAccountApi {
  const { account, clock, people, seed, staff } = input;
  const customers = customersOf(people);
  let ordinal = account.meetings.size;

  const tell = (change: NewChange) => input.tell({ ...change, account, at: clock.now() } as ZoomChange);
  const meetingOf = (uuid: string): ZoomMeeting => {
    const meeting = account.meetings.get(uuid);
    if (!meeting) throw new RangeError(`There is no meeting ${uuid}.`);
    return meeting;
  };
  const recordingOf = (uuid: string) => {
    const meeting = meetingOf(uuid);
    if (!meeting.recording) throw new RangeError(`The meeting ${uuid} has no recording.`);
    return { meeting, recording: meeting.recording };
  };
  const userOf = (idOrEmail: string): ZoomUser => {
    const user = findUser(account, idOrEmail);
    if (!user) throw new RangeError(`There is no user ${idOrEmail}.`);
    return user;
  };

  const plan = (given: NewZoomMeeting) => {
    const durationMs = given.durationMs ?? 25 * MINUTE;
    const startMs = given.startMs ?? clock.now() - durationMs;
    const host = given.host === undefined ? undefined : userOf(given.host);
    const hosts = host ? staff.filter(({ email }) => email === host.email) : staff;
    const guests = given.guests && { name: given.guests[0]?.company ?? "the customer", people: given.guests };
    return planMeeting({ seed, ordinal: ordinal++, staff: hosts, customers, guests, startMs, durationMs });
  };

  return {
    account,
    meeting: meetingOf,
    hold(given = {}) {
      const held = plan(given);
      const meeting = makeMeeting({ ...given, account, seed, held });
      if (account.meetings.has(meeting.uuid))
        throw new RangeError(`There is a meeting ${meeting.uuid} already.`);
      const { recording } = meeting;
      const transcript = transcriptOf(meeting);
      if (given.transcript === "never") recording?.files.pop();
      else if (transcript) {
        if (given.vtt !== undefined) transcript.content = textContent(() => given.vtt ?? "");
        if (given.vttBytes !== undefined) transcript.content = hugeContent(given.vttBytes);
        if (given.transcript === "later") transcript.status = "processing";
      }
      account.meetings.set(meeting.uuid, meeting);
      tell({ kind: "meeting.started", meeting });
      for (const participant of meeting.participants)
        tell({ kind: "meeting.participant_joined", meeting, participant });
      for (const participant of meeting.participants)
        tell({ kind: "meeting.participant_left", meeting, participant });
      tell({ kind: "meeting.ended", meeting });
      if (recording) tell({ kind: "recording.completed", meeting });
      if (transcriptOf(meeting)?.status === "completed")
        tell({ kind: "recording.transcript_completed", meeting });
      if (recording) tell({ kind: "meeting.summary_completed", meeting });
      return meeting;
    },
    completeTranscript(uuid, vtt) {
      const { meeting, recording } = recordingOf(uuid);
      let file = transcriptOf(meeting);
      if (!file) {
        file = makeFile(
          uuid,
          "TRANSCRIPT",
          textContent(() => "WEBVTT\r\n\r\n"),
        );
        recording.files.push(file);
      }
      if (vtt !== undefined) file.content = textContent(() => vtt);
      file.status = "completed";
      tell({ kind: "recording.transcript_completed", meeting });
    },
    editTranscript(uuid, vtt) {
      const file = transcriptOf(meetingOf(uuid));
      if (!file) throw new RangeError(`The meeting ${uuid} has no transcript.`);
      file.content = textContent(() => vtt);
    },
    rename(uuid, topic) {
      meetingOf(uuid).topic = topic;
    },
    trashRecording(uuid) {
      const { meeting, recording } = recordingOf(uuid);
      recording.trashedAt = clock.now();
      tell({ kind: "recording.trashed", meeting });
    },
    recoverRecording(uuid) {
      const { meeting, recording } = recordingOf(uuid);
      recording.trashedAt = undefined;
      tell({ kind: "recording.recovered", meeting });
    },
    deleteRecording(uuid) {
      const { meeting } = recordingOf(uuid);
      // The event still names the files that are gone.
      tell({ kind: "recording.deleted", meeting: { ...meeting } });
      meeting.recording = undefined;
    },
    expireDownloads(uuid) {
      for (const file of recordingOf(uuid).recording.files) file.generation++;
    },
    killDownloads(uuid) {
      for (const file of recordingOf(uuid).recording.files) file.dead = true;
    },
    addUser({ email, firstName, lastName }) {
      const id = Buffer.from(`${account.number}:${account.users.size}:${email}`)
        .toString("base64url")
        .slice(0, 22);
      const user: ZoomUser = {
        id,
        email,
        firstName,
        lastName,
        type: 2,
        roleName: "Member",
        status: "active",
        timezone: "UTC",
        createdAt: clock.now(),
      };
      account.users.set(id, user);
      tell({ kind: "user.created", user });
      return user;
    },
    deactivateUser(idOrEmail) {
      const user = userOf(idOrEmail);
      user.status = "inactive";
      tell({ kind: "user.deactivated", user });
    },
    deleteUser(idOrEmail) {
      const user = userOf(idOrEmail);
      account.users.delete(user.id);
      tell({ kind: "user.deleted", user });
    },
    mutate({ creations = 0, deletions = 0, edits = 0, seed: by }) {
      const random = seededRandom(by);
      const live = () =>
        [...account.meetings.values()].filter(
          (one) => one.recording && one.recording.trashedAt === undefined,
        );
      const report = { edited: [] as string[], created: [] as string[], deleted: [] as string[] };
      const each = (count: number, act: (meeting: ZoomMeeting) => void, into: string[]) => {
        for (let i = 0; i < count; i++) {
          const all = live();
          if (all.length === 0) return;
          const meeting = random.pick(all);
          act(meeting);
          into.push(meeting.uuid);
        }
      };
      for (let i = 0; i < creations; i++) report.created.push(this.hold().uuid);
      each(edits, (one) => this.rename(one.uuid, `${one.topic} (${random.int(2, 99)})`), report.edited);
      each(deletions, (one) => this.trashRecording(one.uuid), report.deleted);
      return report;
    },
  };
}
