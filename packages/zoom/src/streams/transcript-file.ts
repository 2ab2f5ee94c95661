import { isHaloError, type TranscriptTurn, type VendorHttp } from "@halo/core";
import { isVtt, parseVtt } from "../vtt/parse-vtt.ts";
import { type KnownPerson, speakerTurns } from "../vtt/speaker-turns.ts";
import type { RecordingFile } from "./recorded-meeting.ts";

/** Where a transcript is, or that there is none, or none yet. */
export type Located =
  | { readonly status: "ready"; readonly url: string }
  | { readonly status: "pending" | "none" };

/** The transcript among a recording's files. What was captioned live stands in for it, where there is no other. */
export function locateTranscript(files: readonly RecordingFile[]): Located {
  const url = (type: string) =>
    files.find(
      ({ download_url, file_type, status }) =>
        file_type === type && !!download_url && (!status || status === "completed"),
    )?.download_url;
  const found = url("TRANSCRIPT");
  if (found) return { status: "ready", url: found };
  // While it is made, it has no type, and is known by what it will be.
  const coming = files.some(
    ({ file_type, recording_type, status }) =>
      status === "processing" && (recording_type === "audio_transcript" || file_type === "TRANSCRIPT"),
  );
  if (coming) return { status: "pending" };
  const captions = url("CC");
  return captions ? { status: "ready", url: captions } : { status: "none" };
}

/** What came of reading a transcript. */
export type ReadTranscript =
  | { readonly status: "available"; readonly turns: readonly TranscriptTurn[] }
  | { readonly status: "empty" }
  /** `again`: another address of the same file may work. */
  | { readonly status: "unavailable"; readonly reason: string; readonly again: boolean };

/**
 * Downloads and reads a transcript. `token` came with the address; without one the connection's goes along. What cannot
 * be had is told and not thrown; what may be had later (limits, an outage) is thrown.
 */
export async function readTranscript(
  http: VendorHttp,
  {
    people,
    signal,
    token,
    url,
  }: {
    readonly url: string;
    readonly token: string | undefined;
    readonly people: readonly KnownPerson[];
    readonly signal: AbortSignal;
  },
): Promise<ReadTranscript> {
  let file: string;
  try {
    file = await http.get<string>(url, { answer: "text", followRedirects: true, token, signal });
  } catch (error) {
    return refusalOf(error);
  }
  // A login page comes with 200.
  if (!isVtt(file)) return { status: "unavailable", reason: "not_a_transcript", again: true };
  const turns = speakerTurns(await parseVtt(file), people);
  return turns.length > 0 ? { status: "available", turns } : { status: "empty" };
}

function refusalOf(error: unknown): ReadTranscript {
  const unavailable = (reason: string, again: boolean) => ({ status: "unavailable" as const, reason, again });
  if (isHaloError(error, "vendor_url_refused")) return unavailable("url_refused", true);
  if (isHaloError(error, "vendor_response_invalid")) {
    const { reason } = error as { reason?: unknown };
    return unavailable(typeof reason === "string" ? reason : "unreadable", false);
  }
  // 401, 403, 404, 410: the address has died, or is for somebody else.
  if (isHaloError(error, "vendor_failed") && !(error as { retryable?: boolean }).retryable) {
    return unavailable("url_dead", true);
  }
  throw error;
}
