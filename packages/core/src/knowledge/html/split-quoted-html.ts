import { attribute, scanTags, type Tag } from "./tag-scanner.ts";

/** Containers that mail programs put around what they quote: Gmail, Outlook (web, desktop), Yahoo, Apple, Thunderbird, Proton. */
const quoteClasses =
  /(?:^|\s)(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra)(?:\s|$)/;
const quoteIds =
  /^(?:x_)*(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container)$/;

export interface SplitHtml {
  /** HTML up to the quote; its elements may be left open. */
  readonly body: string;
  readonly quoted: string;
}

/** Divides a mail's HTML where its program says that the quoted mail begins; all is body where it says nothing. */
export function splitQuotedHtml(html: string): SplitHtml {
  let cut = html.length;
  scanTags(
    html,
    (tag) => {
      if (cut === html.length && !tag.closing && isQuote(html, tag)) cut = tag.start;
    },
    () => {},
  );
  return { body: html.slice(0, cut), quoted: html.slice(cut) };
}

function isQuote(html: string, tag: Tag): boolean {
  if (tag.name === "blockquote") return attribute(html, tag, "type")?.toLowerCase() === "cite";
  if (tag.name !== "div") return false;
  if (quoteClasses.test(attribute(html, tag, "class") ?? "")) return true;
  return quoteIds.test(attribute(html, tag, "id") ?? "");
}
