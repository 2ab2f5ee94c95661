export { type HtmlToTextOptions, htmlToText } from "./html-to-text.ts";
export { type SplitHtml, splitQuotedHtml } from "./split-quoted-html.ts";
