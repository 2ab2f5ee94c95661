/**
 * What a line is, judged from its first characters only, so that judging costs the same however long the line is.
 */

/** A speaker's name, its time stamp included, ends within this many characters of the line's start. */
const labelReach = 80;
const headingReach = 120;
/** How much of a document decides whether it is a transcript. */
const sampleReach = 64_000;

const code = { newline: 10, space: 32, hash: 35, colon: 58 } as const;

const isDigit = (c: number): boolean => c >= 48 && c <= 57;

/** Characters that stand in sentences, links and mail headers, but in nobody's name. */
const foreignToNames = new Set([...'!?;"<>=|{}@*/\\'].map((character) => character.charCodeAt(0)));

/** Where the colon of `Name: what was said` stands for the line that begins at `start`; -1 if it is no such line. */
export function turnColon(text: string, start: number): number {
  const first = text.charCodeAt(start);
  const lowerCase = first >= 97 && first <= 122;
  if (lowerCase || first === code.space || first === code.hash || first === 45) return -1;
  const reach = Math.min(start + labelReach, text.length);
  let letters = 0;
  let words = 0;
  for (let i = start; i < reach; i++) {
    const c = text.charCodeAt(i);
    if (c === code.newline || foreignToNames.has(c)) return -1;
    if (c === code.space && ++words > 8) return -1;
    if (c === code.colon) {
      const next = text.charCodeAt(i + 1);
      if (isDigit(next) && isDigit(text.charCodeAt(i - 1))) continue; // the colon of a time stamp
      const spoken = next === code.space || next === code.newline || i + 1 === text.length;
      return spoken && letters > 0 ? i : -1;
    }
    if ((c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c > 127) letters++;
  }
  return -1;
}

/** The speaker of a turn line, without time stamps. */
export function speakerAt(text: string, start: number, colon: number): string {
  return text
    .slice(start, colon)
    .replace(/^[[(]?\d[\d:.,]*[\])]? ?(?:- ?)?/, "")
    .replace(/ ?[[(]?\d[\d:.,]*:\d\d[\d.,]*[\])]?$/, "")
    .trim();
}

/** The level of a heading written `# Title`, 0 for any other line. */
export function headingLevel(text: string, start: number): number {
  let level = 0;
  while (level < 7 && text.charCodeAt(start + level) === code.hash) level++;
  return level > 0 && level < 7 && text.charCodeAt(start + level) === code.space ? level : 0;
}

export function headingAt(text: string, start: number, level: number): string {
  const line = text.slice(start + level + 1, start + level + 1 + headingReach);
  const end = line.indexOf("\n");
  return (end < 0 ? line : line.slice(0, end)).toWellFormed().trim();
}

/** True when most lines' beginnings are turns of speakers who come back: then `Name:` is a speaker, not a word. */
export function isTranscript(text: string): boolean {
  const sample = text.slice(0, sampleReach);
  const speakers = new Map<string, number>();
  let turns = 0;
  let lines = 0;
  for (let start = 0; start >= 0 && start < sample.length && lines < 400; ) {
    const colon = turnColon(sample, start);
    if (colon >= 0) {
      const speaker = speakerAt(sample, start, colon);
      speakers.set(speaker, (speakers.get(speaker) ?? 0) + 1);
      turns++;
    }
    if (sample.charCodeAt(start) !== code.newline) lines++;
    const next = sample.indexOf("\n", start);
    start = next < 0 ? -1 : next + 1;
  }
  return turns >= 3 && turns * 3 >= lines && speakers.size * 3 <= turns * 2;
}
