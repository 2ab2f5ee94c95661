const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};
/** Elements whose content nobody sees. */
const HIDDEN = new Set(["script", "style", "head", "title", "template"]);

/** The words of HTML in reading order, in one line of at most `most` characters. Scans once, whatever the input. */
export function snippetOfHtml(html: string, most: number): string {
  let text = "";
  let hidden: string | undefined;
  // Enough for the snippet, however much white space and markup there is to drop.
  for (let at = 0; at < html.length && text.length < most * 4; ) {
    if (html.charAt(at) === "<") {
      const comment = html.startsWith("<!--", at);
      const end = html.indexOf(comment ? "-->" : ">", at);
      if (end < 0) break;
      const [, slash, name = ""] = /^<(\/?)([a-z][a-z0-9]*)/i.exec(html.slice(at, at + 20)) ?? [];
      const element = name.toLowerCase();
      if (hidden === undefined && !slash && HIDDEN.has(element)) hidden = element;
      else if (slash && element === hidden) hidden = undefined;
      text += " ";
      at = end + (comment ? 3 : 1);
      continue;
    }
    const next = html.indexOf("<", at);
    const run = html.slice(at, next < 0 ? html.length : next);
    if (hidden === undefined) text += decoded(run.slice(0, most * 8));
    at += run.length;
  }
  return snippetOfText(text, most);
}

/** The text in one line of at most `most` characters; what is cut is cut between characters, and shown as cut. */
export function snippetOfText(text: string, most: number): string {
  const line = text
    .slice(0, most * 8)
    .replace(/\s+/g, " ")
    .trim();
  if (line.length <= most) return line;
  return `${line
    .slice(0, most - 1)
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd()}…`;
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[name.toLowerCase()] ?? whole;
    const point = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
