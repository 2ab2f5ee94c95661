import type { Random } from "../../random.ts";

export const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export interface Quote {
  readonly author: string;
  readonly address: string;
  readonly on: string;
  readonly sentences: readonly string[];
}

/** Mail as common programs write it: paragraphs, signature, then what was replied to. */
export function mailHtml(
  random: Random,
  paragraphs: readonly string[],
  signature: string,
  quote?: Quote,
): string {
  const outlook = random.chance(0.4);
  const paragraph = (text: string) =>
    outlook
      ? `<p class="MsoNormal">${escapeHtml(text)}</p>`
      : `<div>${escapeHtml(text)}</div><div><br></div>`;
  const body = paragraphs.map(paragraph).join("");
  const sign = outlook
    ? `<p class="MsoNormal">${escapeHtml(signature).replaceAll("\n", "<br>")}</p>`
    : `<div class="gmail_signature" data-smartmail="gmail_signature">${escapeHtml(signature).replaceAll("\n", "<br>")}</div>`;
  const quoted = quote ? (outlook ? outlookQuote(quote) : gmailQuote(quote)) : "";
  return outlook
    ? `<html><head><style>p.MsoNormal{margin:0}</style></head><body><div class="WordSection1">${body}${sign}</div>${quoted}</body></html>`
    : `<div dir="ltr">${body}${sign}</div>${quoted}`;
}

function gmailQuote(quote: Quote): string {
  return `<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On ${quote.on}, ${escapeHtml(quote.author)} &lt;<a href="mailto:${quote.address}">${quote.address}</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">${quote.sentences.map((s) => `<div>${escapeHtml(s)}</div>`).join("")}</blockquote></div>`;
}

function outlookQuote(quote: Quote): string {
  return `<div id="divRplyFwdMsg" dir="ltr"><hr style="display:inline-block;width:98%"><b>From:</b> ${escapeHtml(quote.author)} &lt;${quote.address}&gt;<br><b>Sent:</b> ${quote.on}<br><b>Subject:</b> Re:</div><div>${quote.sentences.map((s) => `<p class="MsoNormal">${escapeHtml(s)}</p>`).join("")}</div>`;
}

export const DISCLAIMER =
  "This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in error, please notify the sender and delete it.";

/** Deep nesting: what a parser that recurses does not survive. */
export const deepHtml = (depth: number, text: string) =>
  "<div>".repeat(depth) + escapeHtml(text) + "</div>".repeat(depth);

/** Active and malformed markup around one honest sentence. */
export const hostileHtml = (text: string) =>
  `<script>alert(document.cookie)</script><style>@import url(http://evil.example/x.css)</style><p onclick="steal()">${escapeHtml(text)}</p><img src=x onerror=alert(1)><a href="javascript:alert(1)">click</a><table><tr><td>unclosed<b><i>tags<!-- comment <svg/onload=alert(2)>`;
