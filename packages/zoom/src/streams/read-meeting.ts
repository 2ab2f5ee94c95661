import type { VendorHttp } from "@halo/core";
import * as z from "zod";
import { isForbidden } from "../auth.ts";
import { paths } from "../paths.ts";
import { RecordedMeeting } from "./recorded-meeting.ts";

const Recording = z.looseObject({ ...RecordedMeeting.shape, download_access_token: z.string().nullish() });
const PastMeeting = z.looseObject(RecordedMeeting.shape);

export type Recording = z.infer<typeof Recording>;

/** How long the token that comes along opens the files. */
const TTL_SECONDS = 3_600;

/** One meeting's recording as it is now; undefined where there is none (any more), or none that this token may see. */
export async function readRecording(
  http: VendorHttp,
  uuid: string,
  signal: AbortSignal,
): Promise<Recording | undefined> {
  const query = { include_fields: "download_access_token", ttl: TTL_SECONDS };
  return await http.get(paths.meetingRecordings(uuid), {
    query,
    schema: Recording.optional(),
    absentOn: [404],
    signal,
  });
}

/** A meeting that took place, recorded or not. */
export async function readPastMeeting(
  http: VendorHttp,
  uuid: string,
  signal: AbortSignal,
): Promise<z.infer<typeof PastMeeting> | undefined> {
  try {
    return await http.get(paths.pastMeeting(uuid), {
      schema: PastMeeting.optional(),
      absentOn: [400, 404],
      signal,
    });
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
