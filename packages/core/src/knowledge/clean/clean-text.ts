/** Changes whenever the same text would come out otherwise; documents cleaned by an older one can be cleaned again. */
export const CLEANER_VERSION = "1";

/**
 * Everything without a shape: controls but tab and line feed, soft hyphens, bidi marks, zero-width and tag
 * characters. Readers don't see them and models do: a known way to smuggle instructions.
 */
const invisible =
  /[^\P{Cc}\t\n]|(?![\p{Join_Control}\p{Variation_Selector}])[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]/gu;
/** One of each means something behind a letter or emoji; anywhere else, and in longer runs, they hide something. */
const joiners = /[\p{Join_Control}\p{Variation_Selector}]+/gu;
const meaningful = /^\p{Variation_Selector}?\p{Join_Control}?/u;
const blanks = /[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g;

/**
 * Control and invisible characters out, line ends and blanks made even, lone surrogates replaced. Deterministic,
 * linear, and cleaning twice changes nothing.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, "\n")
    .replace(invisible, "")
    .replace(joiners, (run, at: number, whole: string) =>
      at === 0 || /\s/.test(whole[at - 1] ?? " ") ? "" : (meaningful.exec(run)?.[0] ?? ""),
    )
    .replace(blanks, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
