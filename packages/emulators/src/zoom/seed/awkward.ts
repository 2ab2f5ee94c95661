import { HOSTILE_LINES } from "../../meetings/hostile.ts";
import type { HeldMeeting } from "../../meetings/plan.ts";
import { cuesOf, writeVtt } from "../../meetings/vtt.ts";
import type { ZoomMeeting } from "../account.ts";
import { makeFile, textContent } from "../content.ts";
import { type HoldOptions, makeMeeting, uuidOf } from "../hold.ts";

/** What can be odd about a meeting; each stands in the seed once, where there are meetings enough. */
export const ZOOM_AWKWARD = [
  "uuid_with_slashes",
  "uuid_with_one_slash",
  "empty_transcript",
  "no_speakers",
  "broken_cues",
  "private",
  "no_participants",
  "late_transcript",
  "captions_only",
  "not_recorded",
  "trashed",
  "hostile_text",
  "names_with_colons",
] as const;
export type ZoomAwkwardKind = (typeof ZOOM_AWKWARD)[number];

/** The even ones: the odd ones hold facts. */
export const awkwardOf = (ordinal: number): ZoomAwkwardKind | undefined =>
  ordinal > 0 && ordinal % 2 === 0 ? ZOOM_AWKWARD[ordinal / 2 - 1] : undefined;

export const BROKEN_VTT = [
  "\uFEFFWEBVTT",
  "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0",
  "",
  "NOTE written by a converter that was not finished",
  "",
  "1",
  "00:00:01.000 --> 00:00:04.000",
  "Good cue before the trouble begins.",
  "",
  "2",
  "00:00:05,500 -> 00:00:07,000",
  "Commas and a short arrow.",
  "",
  "3",
  "00:00:12.000 --> 00:00:09.000",
  "Ends before it begins.",
  "",
  "4",
  "half past nine --> soon",
  "No time at all.",
  "",
  "00:15.000 --> 00:18.250 align:start position:0%",
  "Without a number, without hours, with settings.",
  "Second line of the same cue.",
  "",
  "6",
  "00:00:20.000 --> 00:00:22.000",
  "",
  "7",
  "00:00:21.000 --> 00:00:30.000",
  "Overlaps the empty one, and says <b>bold</b> &amp; <v Somebody>voiced</v>.",
  "",
  "8",
  "00:00:31.000 --> 00:00:34.000",
  "The file ends in the middle of",
].join("\n");

/** The meeting that was planned, with what is odd about it. */
export function makeAwkward(kind: ZoomAwkwardKind, base: HoldOptions): ZoomMeeting {
  const { held, seed } = base;
  const plain = uuidOf(seed, "uuid", held.ordinal);
  switch (kind) {
    case "uuid_with_slashes":
      return makeMeeting({ ...base, uuid: `/${plain.slice(1, 9)}//${plain.slice(11)}` });
    case "uuid_with_one_slash":
      return makeMeeting({
        ...base,
        uuid: `${plain.slice(0, 9).replaceAll("/", "A")}/${plain.slice(10, 22).replaceAll("/", "B")}==`,
      });
    case "empty_transcript":
      return withTranscript(makeMeeting(base), () => "WEBVTT\r\n\r\n");
    case "no_speakers":
      return withTranscript(makeMeeting(base), () => writeVtt(cuesOf(held.story().turns, [])));
    case "broken_cues":
      return withTranscript(makeMeeting(base), () => BROKEN_VTT);
    case "private":
      return makeMeeting({ ...base, isPrivate: true });
    case "no_participants":
      return makeMeeting({ ...base, listed: false });
    case "not_recorded":
      return makeMeeting({ ...base, recorded: false });
    case "late_transcript": {
      const meeting = makeMeeting(base);
      for (const file of meeting.recording?.files ?? [])
        if (file.type === "TRANSCRIPT") file.status = "processing";
      return meeting;
    }
    case "captions_only": {
      const meeting = makeMeeting(base);
      const files = meeting.recording?.files ?? [];
      const at = files.findIndex((file) => file.type === "TRANSCRIPT");
      const text = () => writeVtt(cuesOf(held.story().turns, []));
      files.splice(at, 1, makeFile(meeting.uuid, "CC", textContent(text)));
      return meeting;
    }
    case "trashed": {
      const meeting = makeMeeting(base);
      if (meeting.recording) meeting.recording.trashedAt = held.startMs + 86_400_000;
      return meeting;
    }
    case "hostile_text": {
      const meeting = makeMeeting({ ...base, topic: `Q3 review 'Zoë & Søren' <b>${HOSTILE_LINES[0]}</b>` });
      return withTranscript(meeting, () => hostileVtt(held));
    }
    case "names_with_colons": {
      const odd = ["Dr. Kim: Research (Basel)", "iPhone von Jürgen", "Meeting Room: 4th floor", "A"];
      return makeMeeting({ ...base, names: held.people.map((one, i) => odd[i] ?? one.name) });
    }
  }
}

function withTranscript(meeting: ZoomMeeting, tell: () => string): ZoomMeeting {
  const files = meeting.recording?.files ?? [];
  for (const file of files) if (file.type === "TRANSCRIPT") file.content = textContent(tell);
  return meeting;
}

function hostileVtt(held: HeldMeeting): string {
  const names = held.people.map((person) => person.name);
  const cues = cuesOf(held.story().turns, names);
  return writeVtt(
    cues.map((cue, i) =>
      i % 7 === 3 ? { ...cue, text: HOSTILE_LINES[i % HOSTILE_LINES.length] ?? "" } : cue,
    ),
  );
}

/** Which meeting has what, so that a test finds it. */
export type ZoomAwkward = ReadonlyMap<ZoomAwkwardKind, string>;
