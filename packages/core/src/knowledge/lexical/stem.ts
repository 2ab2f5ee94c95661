const hasVowel = /[aeiouy]/;

/** Endings that make another kind of word of a long enough root: `collaboration` meets `collaborate`. */
const derivations = [
  "ation",
  "ition",
  "ment",
  "ness",
  "ator",
  "abl",
  "ibl",
  "ion",
  "ive",
  "at",
  "or",
  "er",
  "al",
];
const shortestRoot = 4;

/**
 * A light English stemmer: plurals, -ed, -ing, -ly, the y/i of endings, then one derivational ending.
 * Only whether two forms of a word meet matters; the stem itself is never shown. Words of other languages mostly
 * pass through. `word` is lower case.
 */
export function stem(word: string): string {
  const length = word.length;
  if (length < 4) return word;
  const last = word.charCodeAt(length - 1);
  if (last > 122 || last < 97) return word; // digits and other alphabets
  let stemmed = word;
  if (last === 115 /* s */) stemmed = withoutPlural(word);
  if (stemmed.endsWith("ing")) stemmed = withoutSuffix(stemmed, 3);
  else if (stemmed.endsWith("ed") && !stemmed.endsWith("eed")) stemmed = withoutSuffix(stemmed, 2);
  else if (stemmed.endsWith("ly") && stemmed.length > 5) stemmed = stemmed.slice(0, -2);
  if (stemmed.length > 3 && stemmed.endsWith("e")) stemmed = stemmed.slice(0, -1);
  if (stemmed.length > 3 && stemmed.endsWith("y")) stemmed = `${stemmed.slice(0, -1)}i`;
  for (const ending of derivations)
    if (stemmed.length - ending.length >= shortestRoot && stemmed.endsWith(ending))
      return stemmed.slice(0, -ending.length);
  return stemmed;
}

function withoutPlural(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (word.endsWith("ies")) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (word.endsWith("ss") || word.endsWith("us") || word.endsWith("is")) return word;
  return word.slice(0, -1);
}

/** `stopped` and `stopping` meet `stop`, but `string` and `bed` stay what they are. */
function withoutSuffix(word: string, length: number): string {
  const root = word.slice(0, -length);
  if (root.length < 3 || !hasVowel.test(root)) return word;
  const a = root.charCodeAt(root.length - 1);
  const doubled = a === root.charCodeAt(root.length - 2);
  return doubled && a !== 108 && a !== 115 && a !== 122 /* l, s, z */ ? root.slice(0, -1) : root;
}
