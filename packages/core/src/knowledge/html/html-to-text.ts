import { cleanText } from "../clean/clean-text.ts";
import type { BlockBuilder, Convert, Element } from "./html-to-text-module.ts";
import { LINE_BREAK, tameHtml } from "./tame-html.ts";

export interface HtmlToTextOptions {
  /** UTF-16 units of HTML that are read; what is beyond is left out. Default 2,000,000. */
  readonly maxCharacters?: number;
  /** Nesting beyond which elements become line breaks in their parent. Default 100. */
  readonly maxDepth?: number;
}

/**
 * Text of an HTML mail or note, cleaned: paragraphs apart, `# ` before headings, `* ` before list items, links as
 * `text [address]`, scripts, styles and comments dropped. Never throws for bad HTML, and takes time in proportion to
 * its length whatever it holds (T25). The converter is loaded at the first call.
 */
export async function htmlToText(html: string, options: HtmlToTextOptions = {}): Promise<string> {
  const { maxCharacters = 2_000_000, maxDepth = 100 } = options;
  const convert = await loadConverter();
  const text = convert(tameHtml(html.slice(0, maxCharacters), maxDepth), conversion);
  return cleanText(text.replaceAll(LINE_BREAK, "\n"));
}

let converter: Promise<Convert> | undefined;

function loadConverter(): Promise<Convert> {
  // @ts-expect-error the package brings no types; `Convert` is the slice that is used
  converter ??= import("html-to-text").then((module: { convert: Convert }) => module.convert);
  return converter;
}

const headings = ["h1", "h2", "h3", "h4", "h5", "h6"];

const conversion = {
  wordwrap: false,
  formatters: {
    markedHeading(
      element: Element,
      walk: (children: unknown, builder: BlockBuilder) => void,
      builder: BlockBuilder,
    ) {
      builder.openBlock({ leadingLineBreaks: 2 });
      builder.addInline(`${"#".repeat(Number(element.name.slice(1)))} `);
      walk(element.children, builder);
      builder.closeBlock({ trailingLineBreaks: 2 });
    },
    /** Mails are laid out with tables: cells are set apart by a blank, rows by a line, and columns are not drawn. */
    tableCell(
      element: Element,
      walk: (children: unknown, builder: BlockBuilder) => void,
      builder: BlockBuilder,
    ) {
      walk(element.children, builder);
      builder.addInline(" ");
    },
  },
  selectors: [
    { selector: "a", options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    ...headings.map((selector) => ({ selector, format: "markedHeading" })),
    { selector: "ul", options: { itemPrefix: "* " } },
    { selector: "hr", format: "skip" },
    { selector: "tr", format: "block", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: "td", format: "tableCell" },
    { selector: "th", format: "tableCell" },
  ],
} as const;
