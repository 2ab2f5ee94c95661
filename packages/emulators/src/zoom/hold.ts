import { createHash } from "node:crypto";
import type { HeldMeeting } from "../meetings/plan.ts";
import { cuesOf, writeVtt } from "../meetings/vtt.ts";
import { mixSeed, type Random, seededRandom } from "../random.ts";
import { findUser, type ZoomAccount, type ZoomMeeting, type ZoomParticipant } from "./account.ts";
import { makeFile, mediaContent, textContent } from "./content.ts";
import { minutes } from "./render.ts";

export interface HoldOptions {
  readonly account: ZoomAccount;
  readonly seed: number;
  readonly held: HeldMeeting;
  readonly uuid?: string | undefined;
  readonly id?: number | undefined;
  readonly topic?: string | undefined;
  readonly type?: ZoomMeeting["type"] | undefined;
  /** Names as they stand before the text; the people's own unless told. */
  readonly names?: readonly string[] | undefined;
  /** No recording at all when false. */
  readonly recorded?: boolean | undefined;
  readonly isPrivate?: boolean | undefined;
  /** Nobody knows who was there when false. */
  readonly listed?: boolean | undefined;
}

/** Base64 of 16 bytes, as the vendor's are. */
export function uuidOf(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(parts.join(":")).digest().subarray(0, 16).toString("base64");
}

/** A meeting of the vendor's, made of one that took place. */
export function makeMeeting(options: HoldOptions): ZoomMeeting {
  const { account, held, seed } = options;
  const random = seededRandom(mixSeed(seed, 41, held.ordinal));
  const uuid = options.uuid ?? uuidOf(seed, "uuid", held.ordinal);
  const names = options.names ?? held.people.map((person) => person.name);
  const host = findUser(account, held.people[0]?.email ?? "") ?? account.users.get(account.ownerId);
  const story = held.story();
  const meeting: ZoomMeeting = {
    uuid,
    id: options.id ?? 80_000_000_000 + random.int(0, 9_999_999_999),
    hostId: host?.id ?? account.ownerId,
    topic: options.topic ?? held.title,
    type: options.type ?? (random.chance(0.1) ? 1 : 2),
    startMs: held.startMs,
    durationMs: held.durationMs,
    timezone: host?.timezone ?? "UTC",
    participants: options.listed === false ? [] : participantsOf(account, held, names, random),
    recording: undefined,
    summary: {
      overview: `${minutes(held.durationMs)} minutes with ${held.customer?.name ?? "the team"} about ${story.topics.map((one) => one.title).join("; ")}.`,
      topics: story.topics.map(({ outcome, title }) => ({ label: title, summary: outcome })),
      nextSteps: story.actionItems.map(({ assignee, text }) => `${names[assignee] ?? "Somebody"}: ${text}`),
    },
  };
  if (options.recorded === false) return meeting;
  const seconds = held.durationMs / 1_000;
  meeting.recording = {
    files: [
      makeFile(uuid, "MP4", mediaContent("video/mp4", Math.round(seconds * random.int(20_000, 60_000)))),
      makeFile(uuid, "M4A", mediaContent("audio/mp4", Math.round(seconds * 8_000))),
      makeFile(
        uuid,
        "TRANSCRIPT",
        textContent(() => writeVtt(cuesOf(held.story().turns, names))),
      ),
    ],
    trashedAt: undefined,
    isPrivate: options.isPrivate ?? false,
    passcode: String(random.int(100_000, 999_999)),
  };
  return meeting;
}

/** Guests who were not signed in have no id, and most often no address (vendors/zoom.md, Participants). */
function participantsOf(
  account: ZoomAccount,
  held: HeldMeeting,
  names: readonly string[],
  random: Random,
): ZoomParticipant[] {
  return held.people.flatMap((person, i) => {
    const user = person.email === undefined ? undefined : findUser(account, person.email);
    const signedIn = user !== undefined;
    const known = signedIn || random.chance(0.6);
    const join = (from: number, to: number): ZoomParticipant => ({
      id: user?.id ?? "",
      userId: String(16_778_240 + random.int(0, 9_000_000)),
      name: names[i] ?? person.name,
      email: known ? (person.email ?? "") : "",
      joinMs: from,
      leaveMs: to,
      internal: signedIn,
    });
    const begin = held.startMs + (i === 0 ? 0 : random.int(0, 90) * 1_000);
    const end = held.startMs + held.durationMs;
    // Somebody's connection breaks: one person, two joins.
    if (!random.chance(0.15)) return [join(begin, end)];
    const cut = Math.round(begin + (end - begin) * (0.3 + random.next() * 0.3));
    return [join(begin, cut), join(cut + 40_000, end)];
  });
}
