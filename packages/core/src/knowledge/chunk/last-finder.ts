/** The last place in `[from, to)` where the pattern stands whole; -1 if nowhere. */
export type LastFinder = (from: number, to: number) => number;

/**
 * Finds the last of a pattern in windows that move forward over a text. It remembers where the next one is, so that
 * windows without any cost nothing: a wall of text is searched once in all, not once for each window.
 */
export function lastFinder(text: string, pattern: string): LastFinder {
  let searchedFrom = Number.POSITIVE_INFINITY;
  let next = -1;
  return (from, to) => {
    if (from < searchedFrom || (next >= 0 && next < from)) {
      next = text.indexOf(pattern, from);
      searchedFrom = from;
    }
    if (next < 0 || next + pattern.length > to) return -1;
    return from + text.slice(from, to).lastIndexOf(pattern);
  };
}

/** The end of the last of several patterns in the window; -1 if there is none. */
export function lastEnd(text: string, patterns: readonly string[]): LastFinder {
  const finders = patterns.map((pattern) => ({ find: lastFinder(text, pattern), length: pattern.length }));
  return (from, to) => {
    let end = -1;
    for (const { find, length } of finders) {
      const at = find(from, to);
      if (at >= 0 && at + length > end) end = at + length;
    }
    return end;
  };
}
