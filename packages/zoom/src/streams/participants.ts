import type { VendorHttp } from "@halo/core";
import * as z from "zod";
import { isForbidden } from "../auth.ts";
import { paths } from "../paths.ts";
import { Participant } from "./recorded-meeting.ts";

const PAGE_SIZE = 300;
/** A webinar's list may be endless; whom a meeting is about stands at its beginning. */
const MOST_PAGES = 10;

const Page = z.object({
  next_page_token: z.string().nullish(),
  participants: z.array(z.unknown()).nullish(),
});

/** Who was there, once for each time they joined; nobody where Zoom knows of none, or may not tell. */
export async function readParticipants(
  http: VendorHttp,
  uuid: string,
  signal: AbortSignal,
): Promise<readonly Participant[]> {
  const found: Participant[] = [];
  let token = "";
  try {
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const query = { page_size: PAGE_SIZE, next_page_token: token || undefined };
      // 400: guess, of a meeting that is too old, or of a plan that keeps no participants.
      const page = await http.get(paths.participants(uuid), {
        query,
        schema: Page.optional(),
        absentOn: [400, 404],
        signal,
      });
      for (const one of page?.participants ?? []) {
        const participant = Participant.safeParse(one).data;
        if (participant) found.push(participant);
      }
      token = page?.next_page_token ?? "";
      if (token === "") break;
    }
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  return found;
}
