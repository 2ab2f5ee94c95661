/** The slice of html-to-text 10 that is used here; the package brings no types. */
export type Convert = (html: string, options: unknown) => string;

export interface Element {
  readonly name: string;
  readonly children: unknown;
}

export interface BlockBuilder {
  openBlock(options: { leadingLineBreaks: number }): void;
  closeBlock(options: { trailingLineBreaks: number }): void;
  addInline(text: string): void;
}
