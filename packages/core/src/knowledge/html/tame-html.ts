import { attribute, scanTags, type Tag } from "./tag-scanner.ts";

/** What structure a text can show; every other tag is dropped and its content kept. */
const blocks = new Set([
  "p",
  "div",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "ul",
  "ol",
  "li",
  "table",
  "tr",
  "td",
  "th",
  "blockquote",
  "pre",
  "section",
  "article",
  "header",
  "footer",
]);
const lone = new Set(["br", "hr"]);
/** Their start closes an open one of the same name, as in the HTML standard. */
const selfClosing = new Set(["p", "li", "tr", "td", "th"]);
const maxAddressLength = 500;
/** A converter takes microseconds for each element: 60,000 in 256 kB are a third of a second, and no mail has so many. */
const maxElements = 3_000;
/** Stands for the line break of what is no element any more; private, so that nothing else means it. */
export const LINE_BREAK = "\ue00a";

/**
 * The same document as HTML that no converter can choke on: known tags only, properly nested to `maxDepth`, without
 * attributes except web and mail addresses of links. Deeper elements become line breaks. Linear: converters look
 * through the open elements at each closing tag, which is quadratic for 50,000 open ones. Beyond 3,000 elements only
 * their text and their lines are kept, a line's end as `LINE_BREAK`.
 */
export function tameHtml(html: string, maxDepth: number): string {
  const parts: string[] = [];
  const open: string[] = [];
  let flattened = 0;
  let position = 0;
  let elements = 0;

  const text = (end: number): void => {
    if (end > position) parts.push(html.slice(position, end));
  };

  /** An element without content says nothing, and 80,000 of them cost a converter seconds. */
  const close = (element: string): void => {
    if (parts.at(-1) === `<${element}>`) parts.pop();
    else parts.push(`</${element}>`);
  };

  const breakLine = (): void => {
    const one = elements < maxElements ? "<br>" : LINE_BREAK;
    if (parts.at(-1) === one) return;
    parts.push(one);
    elements++;
  };

  const write = (tag: Tag): void => {
    const { name, closing } = tag;
    if (lone.has(name)) {
      parts.push(elements < maxElements ? `<${name}>` : LINE_BREAK);
      elements++;
    } else if (name !== "a" && !blocks.has(name)) return;
    else if (!closing) begin(tag);
    else if (flattened > 0) flattened--;
    else {
      const place = open.lastIndexOf(name);
      if (place < 0) return;
      for (const element of open.splice(place).reverse()) close(element);
    }
  };

  const begin = (tag: Tag): void => {
    const { name } = tag;
    if (selfClosing.has(name) && open.at(-1) === name) {
      open.pop();
      close(name);
    }
    if (open.length >= maxDepth || elements >= maxElements) {
      if (!selfClosing.has(name)) flattened++;
      if (name !== "a") breakLine();
      return;
    }
    open.push(name);
    elements++;
    parts.push(name === "a" ? link(html, tag) : `<${name}>`);
  };

  scanTags(
    html,
    (tag) => {
      text(tag.start);
      position = tag.end;
      write(tag);
    },
    (start, end) => {
      text(start);
      position = end;
    },
  );
  text(html.length);
  for (const element of open.reverse()) close(element);
  return parts.join("");
}

function link(html: string, tag: Tag): string {
  const address = attribute(html, tag, "href");
  if (address === undefined || address.length > maxAddressLength) return "<a>";
  return /^\s{0,8}(?:https?:|mailto:)[^<>"]*$/i.test(address) ? `<a href="${address}">` : "<a>";
}
