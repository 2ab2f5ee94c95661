export interface Tag {
  readonly name: string;
  readonly closing: boolean;
  /** Offsets of the whole tag; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Elements whose content is no text at all. */
const silent = new Set([
  "script",
  "style",
  "head",
  "title",
  "template",
  "noscript",
  "svg",
  "math",
  "object",
  "iframe",
  "textarea",
  "select",
]);

/**
 * The tags of a document from left to right, comments, declarations and silent elements (scripts, styles, …)
 * reported by `onSkip` instead. It follows the HTML standard where it matters for safety: a quoted attribute may
 * hold `>`, and what is never closed runs to the end. Each character is looked at a bounded number of times.
 */
export function scanTags(
  html: string,
  onTag: (tag: Tag) => void,
  onSkip: (start: number, end: number) => void,
): void {
  let at = html.indexOf("<");
  while (at >= 0 && at < html.length) {
    const next = html.charCodeAt(at + 1);
    const closing = next === 47;
    const letter = html.charCodeAt(at + (closing ? 2 : 1)) | 32;
    if (letter >= 97 && letter <= 122) {
      const nameStart = at + (closing ? 2 : 1);
      const nameEnd = endOfName(html, nameStart);
      const end = endOfTag(html, nameEnd);
      const name = html.slice(nameStart, Math.min(nameEnd, nameStart + 32)).toLowerCase();
      if (!closing && silent.has(name) && html.charCodeAt(end - 2) !== 47) {
        const stop = endOfSilent(html, name, end);
        onSkip(at, stop);
        at = html.indexOf("<", stop);
        continue;
      }
      if (closing && silent.has(name)) onSkip(at, end);
      else onTag({ name, closing, start: at, end });
      at = html.indexOf("<", end);
    } else if (next === 33 || next === 63 || closing) {
      const comment = html.startsWith("<!--", at);
      const mark = html.indexOf(comment ? "-->" : ">", at + 2);
      const end = mark < 0 ? html.length : mark + (comment ? 3 : 1);
      onSkip(at, end);
      at = html.indexOf("<", end);
    } else at = html.indexOf("<", at + 1);
  }
}

/** The value of an attribute of a tag, at most `reach` characters from the tag's beginning being searched. */
export function attribute(html: string, tag: Tag, name: string, reach = 4_000): string | undefined {
  const source = html.slice(tag.start, Math.min(tag.end, tag.start + reach));
  const pattern = new RegExp(
    `[\\s"'/]${name}\\s{0,8}=\\s{0,8}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\\s"'>]{1,2000}))`,
    "i",
  );
  const found = pattern.exec(source);
  return found?.[1] ?? found?.[2] ?? found?.[3];
}

function endOfName(html: string, at: number): number {
  for (; at < html.length; at++) {
    const c = html.charCodeAt(at);
    if (c === 62 || c === 47 || c <= 32) break;
  }
  return at;
}

function endOfTag(html: string, at: number): number {
  let quote = 0;
  let afterEquals = false;
  for (; at < html.length; at++) {
    const c = html.charCodeAt(at);
    if (quote !== 0) {
      if (c === quote) quote = 0;
    } else if (c === 62) return at + 1;
    else if ((c === 34 || c === 39) && afterEquals) quote = c;
    else if (c > 32) afterEquals = c === 61;
  }
  return html.length;
}

/** Behind the closing tag of a silent element; the end of the document where there is none. */
function endOfSilent(html: string, name: string, from: number): number {
  for (let at = html.indexOf("</", from); at >= 0; at = html.indexOf("</", at + 2))
    if (html.slice(at + 2, at + 2 + name.length).toLowerCase() === name) {
      const end = html.indexOf(">", at);
      return end < 0 ? html.length : end + 1;
    }
  return html.length;
}
