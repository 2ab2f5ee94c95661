import type { Json, PullScope, Shard, VendorHttp } from "@halo/core";
import * as z from "zod";
import { paths } from "../paths.ts";
import type { ZoomReferences } from "../references.ts";
import { monthWindows } from "./month-windows.ts";

const DAY_MS = 86_400_000;
/** A setting of the connection, `lookback_days`: how far back a first sync goes. */
const LOOKBACK_DAYS = 90;
const MOST_DAYS = 3_650;
/** A page is read with its participants and its texts: as many as are done within a few seconds. */
const PAGE_SIZE = 30;

const Page = z.object({
  next_page_token: z.string().nullish(),
  meetings: z.array(z.unknown()).nullish(),
});

export interface Window {
  /** What stands in the path. */
  readonly user: string;
  readonly from: string;
  readonly to: string;
}

/** Each person's recordings, month by month: Zoom answers no longer span at once. */
export function recordingShards(scope: PullScope<ZoomReferences>): readonly Shard[] {
  const from = scope.since ?? new Date(scope.now.getTime() - lookbackDays(scope.settings) * DAY_MS);
  const windows = monthWindows(from, scope.now);
  return scope.refs.people.flatMap(({ path: user }) =>
    windows.map((window) => ({ id: `${user} ${window.from}`, params: { user, ...window } })),
  );
}

function lookbackDays(settings: { readonly [name: string]: Json | undefined }): number {
  const days = settings.lookback_days;
  return typeof days === "number" && days > 0 ? Math.min(days, MOST_DAYS) : LOOKBACK_DAYS;
}

/** Recorded meetings of a shard, page by page; `cursor` is Zoom's token, which lives 15 minutes. */
export async function* recordingPages(
  http: VendorHttp,
  { from, to, user }: Window,
  cursor: Json | undefined,
  signal: AbortSignal,
): AsyncGenerator<{
  readonly meetings: readonly unknown[];
  readonly cursor: string;
  readonly done: boolean;
}> {
  let token = typeof cursor === "string" ? cursor : "";
  do {
    const query = { from, to, page_size: PAGE_SIZE, next_page_token: token || undefined };
    const page = await http.get(paths.recordings(user), { query, schema: Page, signal });
    token = page.next_page_token ?? "";
    yield { meetings: page.meetings ?? [], cursor: token, done: token === "" };
  } while (token !== "");
}
