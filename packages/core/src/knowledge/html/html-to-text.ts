export interface HtmlToTextOptions {
  /** UTF-16 units of HTML read; what is beyond is left out. Default 2,000,000. */
  readonly maxLength?: number;
  /** Nesting beyond which elements are flattened into their parent. Default 100. */
  readonly maxDepth?: number;
}

/** Text of an HTML mail or note: paragraphs as blank lines, links as `text [address]`, scripts and styles dropped. */
export async function htmlToText(html: string, options: HtmlToTextOptions = {}): Promise<string> {
  void html;
  void options;
  throw new Error("not yet");
}
