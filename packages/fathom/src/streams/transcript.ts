import type { PullScope, VendorHttp } from "@halo/core";
import * as z from "zod";
import { Meeting } from "./meeting.ts";

/** What a list without transcripts shows of a meeting. */
function shown({ transcript: _, ...rest }: Meeting): unknown {
  return rest;
}

/** Nothing while there is no transcript, which is then asked for again. */
export const outlineOf = (meeting: Meeting): unknown =>
  meeting.transcript && meeting.transcript.length > 0 ? shown(meeting) : undefined;

/**
 * What of a list without transcripts is new or looks otherwise than what is held. guess: what was said is not edited, as no
 * document speaks of it; a full resync would bring it.
 */
export async function notHeld(
  items: readonly unknown[],
  held: PullScope<unknown>["held"],
): Promise<readonly unknown[]> {
  const meetings = items.map((item) => Meeting.safeParse(item).data);
  const known = await held(
    new Map(meetings.flatMap((one) => (one ? [[String(one.recording_id), shown(one)] as const] : []))),
  );
  return items.filter((_, at) => !known.has(String(meetings[at]?.recording_id)));
}

const Answer = z.object({ transcript: z.array(z.unknown()).nullish() });

/** A listed meeting as if the list had brought what was said in it. */
export async function withTranscript(http: VendorHttp, item: unknown, signal: AbortSignal): Promise<unknown> {
  const meeting = Meeting.safeParse(item).data;
  if (!meeting) return item;
  const path = `/recordings/${meeting.recording_id}/transcript`;
  // guess: one that is not ready is not found; 403 is of recordings that are shared and not for downloading.
  const answer = await http.get(path, { schema: Answer.optional(), absentOn: [403, 404], signal });
  return { ...(item as object), transcript: answer?.transcript ?? null };
}
