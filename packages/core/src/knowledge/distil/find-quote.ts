/** A quote that is shorter says nothing: "yes" stands in every source. */
const leastCharacters = 12;

/** A text in which quotes are looked for; made once for many. */
export interface QuotedText {
  /** Where a quote stands, blanks counted alike; undefined if it does not. Offsets are the text's own. */
  find(quote: string): { readonly start: number; readonly end: number } | undefined;
}

/**
 * Models copy well but not blanks and line ends, and make typographic signs plain or plain ones typographic; everything
 * else has to be the source's. Linear in the text for a quote of bounded length.
 */
export function quotedText(text: string): QuotedText {
  const { even, places } = evened(text);
  return {
    find(quote) {
      const wanted = trimmed(evened(quote).even);
      if (wanted.length < leastCharacters) return undefined;
      const at = even.indexOf(wanted);
      const [first, last] = [places[at], places[at + wanted.length - 1]];
      if (at < 0 || first === undefined || last === undefined) return undefined;
      return { start: first, end: last + 1 };
    },
  };
}

/** The same with every run of blanks one, and one sign for each of the kinds of quotation marks and dashes. */
function evened(text: string): { readonly even: string; readonly places: readonly number[] } {
  const places: number[] = [];
  let even = "";
  let blank = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    const isBlank = /\s/.test(c);
    if (isBlank && blank) continue;
    blank = isBlank;
    even += isBlank ? " " : (alike.get(c) ?? c);
    places.push(i);
  }
  return { even, places };
}

const alike: ReadonlyMap<string, string> = new Map([
  ..."‘’‚‛`´".split("").map((c) => [c, "'"] as const),
  ..."“”„‟«»".split("").map((c) => [c, '"'] as const),
  ..."‐‑‒–—―".split("").map((c) => [c, "-"] as const),
]);

/** Without what stands around a quote: marks, blanks, dots that say that it goes on. */
function trimmed(quote: string): string {
  let [from, to] = [0, quote.length];
  while (from < to && ' "….'.includes(quote.charAt(from))) from++;
  while (to > from && ' "…'.includes(quote.charAt(to - 1))) to--;
  const cut = quote.slice(from, to);
  return cut.endsWith("...") ? cut.slice(0, -3).trimEnd() : cut;
}
