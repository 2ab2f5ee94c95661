import type { HeldMeeting } from "../meetings/plan.ts";
import type { Story } from "../meetings/story.ts";
import { mixSeed, seededRandom } from "../random.ts";
import type { FathomAccount, FathomInvitee, FathomMeeting, FathomSharing, FathomTurn } from "./account.ts";
import { clockTime } from "./render.ts";

export interface RecordOptions {
  readonly account: FathomAccount;
  readonly seed: number;
  readonly held: HeldMeeting;
  readonly title?: string | undefined;
  /** `now` unless told. */
  readonly transcript?: "now" | "later" | "never" | undefined;
  readonly summary?: "now" | "later" | "never" | undefined;
  readonly sharedWith?: FathomSharing | undefined;
  /** Nobody had scheduled it: no times, no invitees. */
  readonly impromptu?: boolean | undefined;
  /** Recorded by the first guest, outside of the organisation, and shared with its host. */
  readonly byGuest?: boolean | undefined;
  /** What is said, in place of the story. */
  readonly turns?: readonly FathomTurn[] | undefined;
  /** Speakers are known by a number only. */
  readonly unmatched?: boolean | undefined;
  readonly language?: string | undefined;
}

const TEAM_SHARING: readonly FathomSharing[] = ["all_teams", "all_teams", "single_team", "no_teams"];

/** A recording, made of a meeting that took place. */
export function makeRecording(options: RecordOptions): FathomMeeting {
  const { account, held, impromptu, seed, unmatched } = options;
  const random = seededRandom(mixSeed(seed, 61, held.ordinal));
  const host = held.people[0];
  const guest = held.people[held.ours] ?? { name: "Guest", email: undefined };
  const recorder = options.byGuest ? guest : host;
  const story = held.story();
  const speakerOf = (i: number) => (unmatched ? `Speaker ${i + 1}` : (held.people[i]?.name ?? "Unknown"));
  const turns = (): readonly FathomTurn[] =>
    options.turns ??
    held.story().turns.map(({ speaker, startMs, text }) => ({
      speaker: speakerOf(speaker),
      email: unmatched || impromptu ? undefined : held.people[speaker]?.email,
      atMs: startMs,
      text,
    }));
  const invitees = held.people.map(
    ({ email, name }, i): FathomInvitee => ({
      // A calendar knows addresses, and names only now and then.
      name: random.chance(0.85) ? name : undefined,
      email,
      isExternal: i >= held.ours,
      speaker: unmatched ? undefined : name,
    }),
  );
  const { callId, recordingId } = idsOf(seed, held.ordinal);
  const recordingStart = held.startMs + random.int(10, 200) * 1_000;
  const recordingEnd = held.startMs + held.durationMs;
  const ready = (options.summary ?? "now") === "now";
  const draft = {
    transcript: turns,
    summary: summaryOf(held, story),
    actionItems: story.actionItems.map(({ assignee, atMs, text }) => ({
      text,
      atMs,
      completed: random.chance(0.3),
      assignee: held.people[assignee] && { name: speakerOf(assignee), email: held.people[assignee]?.email },
    })),
  };
  return {
    recordingId,
    callId,
    title: options.title ?? (impromptu ? "Impromptu Zoom Meeting" : held.title),
    meetingTitle: impromptu ? undefined : held.title,
    meetingType: held.customer ? random.pick(account.meetingTypes) : undefined,
    meetingUrl: impromptu
      ? undefined
      : `https://us02web.zoom.us/j/${80_000_000_000 + random.int(0, 9_999_999)}`,
    createdAt: recordingEnd + 35_000,
    scheduled: impromptu
      ? undefined
      : { start: held.startMs, end: held.startMs + scheduledMs(held.durationMs) },
    recordingStart,
    recordingEnd,
    language: options.language ?? "en",
    invitees: impromptu ? [] : invitees,
    recordedBy: {
      name: recorder?.name ?? "",
      email: recorder?.email ?? `guest${held.ordinal}@elsewhere.example`,
      team: account.users.get(recorder?.email ?? "")?.team,
    },
    sharedWith: options.sharedWith ?? random.pick(TEAM_SHARING),
    sharedPeople: new Set(options.byGuest && host?.email !== undefined ? [host.email] : []),
    transcript: (options.transcript ?? "now") === "now" ? turns : undefined,
    summary: ready ? draft.summary : undefined,
    actionItems: ready ? draft.actionItems : undefined,
    crmCompany: held.customer?.name,
    draft,
  };
}

/** Calendars know half hours. */
const scheduledMs = (durationMs: number): number => Math.ceil(durationMs / 1_800_000) * 1_800_000;

/** Two numbers that have nothing to do with each other. */
function idsOf(seed: number, ordinal: number): { callId: number; recordingId: number } {
  const base = 100_000_000 + (mixSeed(seed, 62) % 20_000_000);
  const random = seededRandom(mixSeed(seed, 63, ordinal));
  return {
    recordingId: base + ordinal * 37 + random.int(0, 36),
    callId: 600_000_000 + random.int(0, 99_999_999),
  };
}

/** Markdown, as the vendor's default template gives it. */
function summaryOf(held: HeldMeeting, { actionItems, topics }: Story): string {
  const names = held.people.map(({ name }) => name);
  return [
    "## Meeting Purpose",
    "",
    `${held.title}, with ${held.customer?.name ?? "the team"}.`,
    "",
    "## Key Takeaways",
    "",
    ...topics.map(({ outcome }) => `- ${outcome}`),
    "",
    "## Topics",
    "",
    ...topics.flatMap(({ atMs, outcome, title }) => [
      `### ${title} (${clockTime(atMs)})`,
      "",
      `- ${outcome}`,
      "",
    ]),
    "## Next Steps",
    "",
    ...actionItems.map(({ assignee, text }) => `- **${names[assignee] ?? "Somebody"}**: ${text}`),
    "",
  ].join("\n");
}
