const ESCAPES: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * Text that comes from anywhere, as Slack shows it and nothing more: no mention, no broadcast, no link. The three
 * characters are all that Slack's markup begins with ("Formatting text for app surfaces", read 2026-11-21). A NUL and
 * half a surrogate pair are no text.
 */
export function escaped(text: string): string {
  return text.toWellFormed().replace(/[\0&<>]/g, (character) => ESCAPES[character] ?? "");
}

/** As `escaped`, cut to `most` characters of the result, never within a character or an entity. */
export function escapedWithin(text: string, most: number): string {
  const whole = escaped(text);
  if (whole.length <= most) return whole;
  let cut = "";
  for (const character of text) {
    const next = escaped(character);
    if (cut.length + next.length > most - 1) break;
    cut += next;
  }
  return `${cut}…`;
}

/** The whole text in pieces of at most `most` characters of the result, cut at white space where there is some. */
export function escapedPieces(text: string, most: number, pieces: number): string[] {
  const cuts: string[] = [];
  let piece = "";
  for (const word of text.toWellFormed().split(/(?<=\s)/)) {
    for (const part of escaped(word).length > most ? [...word] : [word]) {
      const next = escaped(part);
      if (piece.length + next.length > most) {
        cuts.push(piece);
        piece = "";
      }
      piece += next;
    }
  }
  cuts.push(piece);
  const all = cuts.map((one) => one.trim()).filter((one) => one !== "");
  const last = all[pieces - 1];
  if (all.length <= pieces || last === undefined) return all;
  return [...all.slice(0, pieces - 1), `${last.slice(0, most - 1).replace(/&[a-z]{0,3}$/, "")}…`];
}

/** `<address|words>`, where the address is one of http(s) that nothing in it can end early; undefined for any other. */
export function link(url: string, label: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "") {
    return undefined;
  }
  const address = parsed.href.replace(/[<>|\s]/g, encodeURIComponent).replaceAll("&", "&amp;");
  const words = escapedWithin(label.replace(/[|\s\0]+/g, " ").trim() || parsed.host, MAX_LABEL);
  return address.length > MAX_URL ? undefined : `<${address}|${words}>`;
}

// "Limits" of Block Kit's elements, read 2026-11-21; a section holds 3,000 characters in all.
const MAX_URL = 2_500;
const MAX_LABEL = 300;
