import type { DecisionShown, NotificationMessage } from "../define/notification.ts";

/** Lengths that every sink can show; Slack's header takes 150 characters, its section 3,000. */
export const lengths = {
  title: 150,
  body: 2_000,
  label: 60,
  value: 300,
  footer: 300,
  fields: 10,
  links: 5,
} as const;

// Control characters, and those that turn the direction of writing round; tabs and line ends are white space.
const unseen = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line of at most so many characters: what it says, and nothing that only acts. */
export function line(text: string, most: number): string {
  return cut(text.replaceAll(/\s+/g, " ").replaceAll(unseen, "").trim(), most);
}

/** The same, with its line ends; no more than one empty line in a row. */
export function paragraphs(text: string, most: number): string {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/).map((one) => line(one, most));
  return cut(
    lines
      .join("\n")
      .replaceAll(/\n{3,}/g, "\n\n")
      .trim(),
    most,
  );
}

/** Never through the middle of a character. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1);
  const whole = /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept;
  return `${whole.trimEnd()}…`;
}

/** A message's parts as a template names them; what is not there is left out. */
export interface MessageParts {
  readonly title: string;
  readonly body?: string | undefined;
  readonly fields?: readonly (readonly [label: string, value: string | number | undefined])[];
  readonly links?: readonly (readonly [label: string, url: string | undefined])[];
  readonly footer?: readonly (string | undefined)[];
  readonly decision?: DecisionShown;
}

export function message(type: NotificationMessage["type"], parts: MessageParts): NotificationMessage {
  const { body, decision, fields = [], footer = [], links = [], title } = parts;
  const said = body === undefined ? "" : paragraphs(body, lengths.body);
  const small = line(footer.filter((part) => part !== undefined).join(" · "), lengths.footer);
  return {
    type,
    title: line(title, lengths.title),
    body: said === "" ? undefined : said,
    fields: fields
      .flatMap(([label, value]) => {
        const text = value === undefined ? "" : line(String(value), lengths.value);
        return text === "" ? [] : [{ label: line(label, lengths.label), value: text }];
      })
      .slice(0, lengths.fields),
    links: links
      .flatMap(([label, url]) =>
        url === undefined ? [] : [{ label: line(label, lengths.label), url: webUrl(url) }],
      )
      .flatMap(({ label, url }) => (url === undefined ? [] : [{ label, url }]))
      .slice(0, lengths.links),
    footer: small === "" ? undefined : small,
    ...(decision && { decision }),
  };
}

/** As a URL writes itself: spaces, quotes and angle brackets encoded (T29). Undefined for what is no web page. */
function webUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  return url.href.replaceAll(/[<>"'`|\\^{}]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
