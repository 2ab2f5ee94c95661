import type { PendingDocument } from "../ports/knowledge-store.ts";
import { cleanText } from "./clean/clean-text.ts";
import { splitQuotedReply } from "./clean/split-quoted-reply.ts";
import { htmlToText, splitQuotedHtml } from "./html/index.ts";

/**
 * The text that is searched: HTML converted, quoted replies and signatures of mails taken off, blanks made even. The
 * title comes first, so that a hit can be found by it, and what it says is said once.
 */
export async function documentText(
  document: Pick<PendingDocument, "title" | "body" | "format">,
): Promise<string> {
  const body = await bodyText(document);
  const title = cleanText(document.title);
  return title === "" || body.startsWith(title) ? body : `${title}\n\n${body}`.trim();
}

async function bodyText({ body, format }: Pick<PendingDocument, "body" | "format">): Promise<string> {
  switch (format) {
    case "text":
    case "transcript":
      return cleanText(body);
    case "html":
      return await htmlToText(body);
    case "email_text":
      return splitQuotedReply(cleanText(body)).body;
    case "email_html": {
      const own = splitQuotedReply(await htmlToText(splitQuotedHtml(body).body)).body;
      // A mere forward says nothing itself: then what it forwards is the content.
      return own === "" ? await htmlToText(body) : own;
    }
  }
}
