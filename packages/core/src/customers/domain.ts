import { getDomain } from "tldts";
import { freeMailDomains } from "./free-mail-domains.ts";

/**
 * The registrable domain ("acme.co.uk") of a domain, a web address or an e-mail address; undefined for what has none,
 * and for free-mail domains, under which strangers would become one company.
 */
export function companyDomain(raw: string | null | undefined): string | undefined {
  if (!raw) return undefined;
  const text = raw.trim().toLowerCase();
  const host = text.includes("@") ? text.slice(text.lastIndexOf("@") + 1) : text;
  const domain = getDomain(host, { allowPrivateDomains: true });
  if (!domain || freeMailDomains.has(domain)) return undefined;
  return domain;
}

export function companyDomains(raw: readonly (string | null | undefined)[]): readonly string[] {
  const found = new Set<string>();
  for (const one of raw) {
    const domain = companyDomain(one);
    if (domain) found.add(domain);
  }
  return [...found];
}
