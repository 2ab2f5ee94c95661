import { type DocumentSource, transcriptText } from "@halo/core";
import { type Meeting, startedAt, titleOf } from "./meeting.ts";
import { turnsOf } from "./turns.ts";

/** What was said, and Fathom's own summary and action items before it; nothing while there is neither. */
export function documentOf(meeting: Meeting): DocumentSource | undefined {
  const text = transcriptText(turnsOf(meeting.transcript ?? []));
  const summary = meeting.default_summary?.markdown_formatted?.trim() ?? "";
  const items = (meeting.action_items ?? []).flatMap(({ assignee, description }) => {
    const line = description?.trim();
    const who = assignee?.name ?? assignee?.email;
    return line ? [`- ${line}${who ? ` (${who})` : ""}`] : [];
  });
  if (text === "" && summary === "" && items.length === 0) return undefined;
  const parts = [
    summary && `# Summary\n\n${withoutHeadings(summary)}`,
    items.length > 0 && `# Action items\n\n${items.join("\n")}`,
    text && `# Transcript\n\n${text}`,
  ];
  return {
    // Until there is a transcript, `backfill_transcripts` asks for it.
    kind: text === "" ? "summary" : "transcript",
    title: titleOf(meeting),
    body: parts.filter(Boolean).join("\n\n"),
    format: "transcript",
    audience: "shareable",
    occurredAt: startedAt(meeting),
    url: meeting.url ?? undefined,
    author: meeting.recorded_by?.name ?? undefined,
  };
}

/** Its own headings stand below ours. */
const withoutHeadings = (markdown: string) => markdown.replace(/^#{1,6} +/gm, "");
