import type { Domains } from "../customers/domain.ts";
import { ConfigurationError } from "../errors.ts";

/** Where text that a model writes may lead (T44). */
export interface LinkPolicy {
  /** The first host that a text in the value leads to and may not; undefined: there is none. */
  refused(value: unknown): string | undefined;
}

/** What mail programs, chats and CRMs make a link of: with a scheme, with `www.`, or a name under a public suffix. */
const schemes = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#"'<>\\)|\]}*`]*/giu;
const names =
  /(?<![\p{L}\p{N}@._-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?[.。．｡]){1,8}[\p{L}][\p{L}\p{N}-]{1,30}/gu;
/** What follows a link in a sentence, and belongs to no host. */
const punctuation = /(?<![,;!…])[,;!…]+$/u;
const longestText = 100_000;
const host = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/;

/**
 * Lets text lead to these hosts and what is below them, and nowhere else; without hosts, nowhere at all. Throws
 * `configuration_invalid` for what is no host's name.
 */
export function linkPolicy(hosts: readonly string[], domains: Domains): LinkPolicy {
  const allowed = hosts.map((name) => name.toLowerCase());
  const wrong = allowed.find((name) => !host.test(name));
  if (wrong !== undefined) {
    throw new ConfigurationError("Name allowed hosts as example.com: no scheme, no path, no wildcard.", {
      option: "allowedLinkHosts",
    });
  }
  const may = (name: string) => allowed.some((one) => name === one || name.endsWith(`.${one}`));
  const inText = (text: string): string | undefined => {
    // Longer than any vendor shows as one text: nobody could look through it.
    if (text.length > longestText) return "a text that is too long to look through";
    for (const [found] of text.matchAll(schemes)) {
      const name = hostOf(found.replace(punctuation, ""));
      if (name === undefined || !may(name)) return name ?? found.slice(0, 80);
    }
    for (const [found] of text.matchAll(names)) {
      const name = hostOf(`https://${found}`);
      if (name !== undefined && !may(name) && domains.isPublicName(name)) return name;
    }
    return undefined;
  };
  const refused = (value: unknown): string | undefined => {
    if (typeof value === "string") return inText(value);
    if (typeof value !== "object" || value === null) return undefined;
    for (const one of Object.values(value)) {
      const found = refused(one);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return { refused };
}

/** As a browser reads it, so that no spelling of a host gets past. */
function hostOf(url: string): string | undefined {
  try {
    return new URL(url).hostname.replace(/\.$/, "") || undefined;
  } catch {
    return undefined;
  }
}
