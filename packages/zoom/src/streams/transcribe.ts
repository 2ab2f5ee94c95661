import type { PullScope, VendorHttp } from "@halo/core";
import * as z from "zod";
import { readParticipants } from "./participants.ts";
import { readRecording } from "./read-meeting.ts";
import { contentOf, HeldMeeting, type Participant, type RecordedMeeting } from "./recorded-meeting.ts";
import { type Located, locateTranscript, type ReadTranscript, readTranscript } from "./transcript-file.ts";

const Turn = z.object({
  speaker: z.string().optional(),
  email: z.string().optional(),
  startMs: z.number().optional(),
  endMs: z.number().optional(),
  text: z.string(),
});

export const Transcript = HeldMeeting.extend({
  transcript: z.object({
    status: z.enum(["available", "empty", "pending", "none", "unavailable"]),
    reason: z.string().optional(),
    turns: z.array(Turn),
  }),
});

export type Transcript = z.infer<typeof Transcript>;

/** A meeting before its transcript is read. */
export interface Met {
  /** As Zoom sent it. */
  readonly listed: unknown;
  readonly meeting: RecordedMeeting;
  readonly located: Located;
  readonly participants: readonly Participant[];
  /** An address, and a token that opens it, that came by event or with the recording. */
  readonly brought?: { readonly url?: string | undefined; readonly token?: string | undefined } | undefined;
}

/** Who was there; nobody needs to know it where there is no text. */
export async function whoMet(
  http: VendorHttp,
  {
    signal,
    ...met
  }: Pick<Met, "listed" | "meeting" | "brought"> & { located?: Located; readonly signal: AbortSignal },
): Promise<Met> {
  const located = met.located ?? locateTranscript(met.meeting.recording_files ?? []);
  const participants =
    located.status === "ready" ? await readParticipants(http, met.meeting.uuid, signal) : [];
  return { ...met, located, participants };
}

/** Reads what is new: files are large, and one that is held and looks the same is not downloaded again. */
export async function transcribeNew(
  http: VendorHttp,
  met: readonly Met[],
  held: PullScope<unknown>["held"],
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const known = await held(
    new Map(
      met.map(({ meeting, participants }) => [
        meeting.uuid,
        contentOf({ meeting, participants: [...participants] }),
      ]),
    ),
  );
  return await Promise.all(
    met.filter(({ meeting }) => !known.has(meeting.uuid)).map((one) => transcribe(http, one, signal)),
  );
}

/** What another address, or another day, may make readable. */
const PASSING = new Set(["url_dead", "url_refused", "not_a_transcript"]);

/** Whether the same file would say the same once more. */
export const isFinal = ({ reason, status }: Transcript["transcript"]): boolean =>
  status === "available" || status === "empty" || (status === "unavailable" && !PASSING.has(reason ?? ""));

async function transcribe(
  http: VendorHttp,
  { brought, listed, located, meeting, participants }: Met,
  signal: AbortSignal,
) {
  if (located.status !== "ready") {
    return { meeting: listed, participants, transcript: { status: located.status, turns: [] } };
  }
  const people = participants.map(({ name, user_email }) => ({
    name: name ?? undefined,
    email: user_email || undefined,
  }));
  const first = { url: brought?.url ?? located.url, token: brought?.token, people, signal };
  let read = await readTranscript(http, first);
  if (read.status === "unavailable" && read.again)
    read = (await withNewUrl(http, meeting.uuid, first)) ?? read;
  return { meeting: listed, participants, transcript: told(read) };
}

/** F79: one new address, with a token of its own; after that it is unavailable until it is read another time. */
async function withNewUrl(
  http: VendorHttp,
  uuid: string,
  first: Parameters<typeof readTranscript>[1],
): Promise<ReadTranscript | undefined> {
  const recording = await readRecording(http, uuid, first.signal);
  const located = locateTranscript(recording?.recording_files ?? []);
  if (located.status !== "ready") return undefined;
  return await readTranscript(http, {
    ...first,
    url: located.url,
    token: recording?.download_access_token ?? undefined,
  });
}

const told = (read: ReadTranscript): Transcript["transcript"] => {
  if (read.status === "available") return { status: "available", turns: [...read.turns] };
  return read.status === "empty"
    ? { status: "empty", turns: [] }
    : { status: "unavailable", reason: read.reason, turns: [] };
};
