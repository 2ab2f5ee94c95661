export { type HtmlToTextOptions, htmlToText } from "./html-to-text.ts";
