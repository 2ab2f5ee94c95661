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

/**
 * The same document as HTML that no converter can choke on: known tags only, properly nested to `maxDepth`, without
 * attributes except web and mail addresses of links. Deeper elements become line breaks. Linear: converters look
 * through the open elements at each closing tag, which is quadratic for 50,000 open ones.
 */
export function tameHtml(html: string, maxDepth: number): string {
  const parts: string[] = [];
  const open: string[] = [];
  let flattened = 0;
  let position = 0;

  const text = (end: number): void => {
    if (end > position) parts.push(html.slice(position, end));
  };

  /** An element without content says nothing, and 80,000 of them cost a converter seconds. */
  const close = (element: string): void => {
    if (parts.at(-1) === `<${element}>`) parts.pop();
    else parts.push(`</${element}>`);
  };

  const breakLine = (): void => {
    if (parts.at(-1) !== "<br>") parts.push("<br>");
  };

  const write = (tag: Tag): void => {
    const { name, closing } = tag;
    if (lone.has(name)) parts.push(`<${name}>`);
    else if (name !== "a" && !blocks.has(name)) return;
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
    if (open.length >= maxDepth) {
      if (!selfClosing.has(name)) flattened++;
      if (name !== "a") breakLine();
      return;
    }
    open.push(name);
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
