import { createHash } from "node:crypto";
import { hugeVtt } from "../meetings/vtt.ts";
import type { FileContent, ZoomFile, ZoomFileType } from "./account.ts";

const encoder = new TextEncoder();

/** Text that is told anew for each download; its length is counted once. */
export function textContent(tell: () => string, contentType = "text/vtt;charset=utf-8"): FileContent {
  let bytes: number | undefined;
  return {
    contentType,
    get bytes() {
      bytes ??= encoder.encode(tell()).length;
      return bytes;
    },
    body: tell,
  };
}

/** A transcript that is sent piece by piece, without its length. */
export const hugeContent = (bytes: number): FileContent => ({
  contentType: "text/vtt;charset=utf-8",
  bytes,
  body: () => hugeVtt(bytes),
});

/** Sound or pictures that nobody listens to: so many zeros. */
export const mediaContent = (contentType: string, bytes: number): FileContent => ({
  contentType,
  bytes,
  async *body() {
    const block = new Uint8Array(Math.min(bytes, 65_536));
    for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left);
  },
});

const KINDS: Readonly<Record<ZoomFileType, { extension: ZoomFile["extension"]; recordingType: string }>> = {
  MP4: { extension: "MP4", recordingType: "shared_screen_with_speaker_view" },
  M4A: { extension: "M4A", recordingType: "audio_only" },
  TRANSCRIPT: { extension: "VTT", recordingType: "audio_transcript" },
  CC: { extension: "VTT", recordingType: "closed_caption" },
  CHAT: { extension: "TXT", recordingType: "chat_file" },
  TIMELINE: { extension: "JSON", recordingType: "timeline" },
  SUMMARY: { extension: "JSON", recordingType: "summary" },
};

/** Its id follows from the meeting and the kind. */
export function makeFile(
  uuid: string,
  type: ZoomFileType,
  content: FileContent,
  status: ZoomFile["status"] = "completed",
): ZoomFile {
  const hex = createHash("sha256").update(`${uuid}:${type}`).digest("hex");
  const id = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
  return { id, type, ...KINDS[type], status, content, generation: 1, dead: false };
}
