/**
 * Text of which nothing is hidden (T38): what is not seen, or changes how the rest is seen, stands there by its number. Direction
 * marks, zero-width characters, tags, variation selectors, controls and line breaks would else show another thing than is done.
 */
export function visibleText(text: string): string {
  return text.replace(hidden, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `⟦U+${code.toString(16).toUpperCase().padStart(4, "0")}⟧`;
  });
}

// Format and control characters, separators other than the plain space, what is not assigned or for private use, half
// surrogate pairs, what is ignored when it is drawn (Hangul fillers, joiners, variation selectors), the blank of Braille, and the brackets that
// this very notation uses.
const hidden =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}|\p{Cn}|\p{Cs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}|(?! )\p{Zs}|\u2800|[\u27e6\u27e7]/gu;
