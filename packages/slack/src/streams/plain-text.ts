/** What Slack's markup may name. Ids that are not known stay as they are. */
export interface Names {
  readonly person: (id: string) => string | undefined;
  readonly channel: (id: string) => string | undefined;
}

const ENTITIES: { readonly [entity: string]: string } = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/**
 * A message's text as a person reads it: mentions by name, links with their address, entities resolved. Nothing in it
 * is markup any more: `<!channel>` becomes the word @channel.
 */
export function plainText(text: string, names: Names): string {
  return text
    .replace(/<([^<>]*)>/g, (_, inner: string) => resolved(inner, names))
    .replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity)
    .trim();
}

/** People that a text mentions. */
export const mentioned = (text: string): string[] =>
  [...text.matchAll(/<@([UW]\w+)(?:\|[^<>]*)?>/g)].map(([, id = ""]) => id);

function resolved(inner: string, names: Names): string {
  const [target = "", label] = halves(inner);
  const rest = target.slice(1);
  switch (target[0]) {
    case "@":
      return `@${names.person(rest) ?? (label || rest)}`;
    case "#":
      return `#${label || (names.channel(rest) ?? rest)}`;
    case "!":
      return special(rest, label);
    default:
      return link(target, label);
  }
}

function special(command: string, label: string | undefined): string {
  if (command.startsWith("date^")) return label ?? "";
  if (command.startsWith("subteam^")) return label || "@group";
  const name = command.split("^", 1)[0] ?? "";
  return /^(here|channel|everyone)$/.test(name) ? `@${name}` : (label ?? name);
}

function link(target: string, label: string | undefined): string {
  const shown = target.replace(/^(mailto|tel):/, "");
  return label && label !== target && label !== shown ? `${label} (${shown})` : shown;
}

function halves(inner: string): [string, string | undefined] {
  const at = inner.indexOf("|");
  return at < 0 ? [inner, undefined] : [inner.slice(0, at), inner.slice(at + 1)];
}
