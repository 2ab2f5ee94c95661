import type { NotificationMessage } from "../define/notification.ts";

/** A message as plain text, without its title: paragraphs, fields, links and small print, each on lines of their own. */
export function renderText({ body, fields, footer, links }: NotificationMessage): string {
  const parts = [
    body,
    fields.map(({ label, value }) => `${label}: ${value}`).join("\n"),
    links.map(({ label, url }) => `${label}: ${url}`).join("\n"),
    footer,
  ];
  return parts.filter(Boolean).join("\n\n");
}
