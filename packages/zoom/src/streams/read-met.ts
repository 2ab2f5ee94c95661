import type { Json, VendorHttp } from "@halo/core";
import * as z from "zod";
import { isForbidden } from "../auth.ts";
import { paths } from "../paths.ts";
import { readPastMeeting, readRecording } from "./read-meeting.ts";
import { type Met, whoMet } from "./transcribe.ts";
import type { Located } from "./transcript-file.ts";

/** What the event brought: an address, and a token that opens it for a day. */
const Hint = z.object({ url: z.string().optional(), token: z.string().optional() });

/** Whether a meeting is this connection's to read, its own token says; what an event brought only helps. */
export async function readMet(
  http: VendorHttp,
  uuid: string,
  given: Json | undefined,
  signal: AbortSignal,
): Promise<Met | undefined> {
  const recording = await readRecording(http, uuid, signal);
  if (!recording) return await unrecorded(http, uuid, signal);
  const { download_access_token: token, ...listed } = recording;
  const hint = Hint.safeParse(given).data;
  const brought = hint?.token ? hint : { token: token ?? undefined };
  return await whoMet(http, { listed, meeting: recording, brought, signal });
}

const Unrecorded = z.object({
  download_url: z.string().nullish(),
  download_restriction_reason: z.string().nullish(),
});

/** A meeting without a recording may have a transcript all the same. */
async function unrecorded(http: VendorHttp, uuid: string, signal: AbortSignal): Promise<Met | undefined> {
  let told: z.infer<typeof Unrecorded> | undefined;
  try {
    told = await http.get(paths.meetingTranscript(uuid), {
      schema: Unrecorded.optional(),
      absentOn: [400, 404],
      signal,
    });
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  const reason = told?.download_restriction_reason;
  const located: Located | undefined = told?.download_url
    ? { status: "ready", url: told.download_url }
    : reason === "NOT_READY"
      ? { status: "pending" }
      : undefined;
  const meeting = located && (await readPastMeeting(http, uuid, signal));
  return meeting && (await whoMet(http, { listed: meeting, meeting, located, signal }));
}
