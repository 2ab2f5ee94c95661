/** Longer ones are cut: they are keys and encoded data, of which the beginning is enough to find them. */
const maxTokenLength = 40;
const beyondAscii = /\P{ASCII}/u;
const word = /[\p{L}\p{N}\p{M}]+/gu;
const asciiWord = /[a-z0-9]+/g;
const unspacedScript = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const accents = /[\u0300-\u036f]/g;

/**
 * The words of a text, lower case, compatibility forms and accents folded (`Ｃafé` is `cafe`). Scripts written
 * without spaces give overlapping pairs of characters. Linear, and no token is longer than 40 characters.
 */
export function* tokens(text: string): Generator<string> {
  if (!beyondAscii.test(text)) {
    for (const [token] of text.toLowerCase().matchAll(asciiWord)) yield token.slice(0, maxTokenLength);
    return;
  }
  for (const [found] of text.matchAll(word)) {
    if (!beyondAscii.test(found)) yield found.slice(0, maxTokenLength).toLowerCase();
    else if (unspacedScript.test(found)) yield* pairs(found.normalize("NFKC").toLowerCase());
    else yield fold(found);
  }
}

/** Cut first: normalising a long run of combining marks is not linear. */
function fold(token: string): string {
  return wellCut(token, maxTokenLength * 2)
    .normalize("NFKD")
    .replace(accents, "")
    .normalize("NFKC")
    .toLowerCase()
    .slice(0, maxTokenLength)
    .toWellFormed();
}

const wellCut = (token: string, length: number): string =>
  token.length <= length ? token : token.slice(0, length).toWellFormed();

function* pairs(run: string): Generator<string> {
  let previous: string | undefined;
  let alone = true;
  for (const character of run) {
    if (previous !== undefined) {
      yield previous + character;
      alone = false;
    }
    previous = character;
  }
  if (alone && previous !== undefined) yield previous;
}
