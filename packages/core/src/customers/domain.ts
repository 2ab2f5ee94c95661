import { normaliseEmail } from "./email.ts";
import { freeMailDomains } from "./free-mail-domains.ts";

/** What a domain says of a company. */
export interface Domains {
  /**
   * The registrable domain ("acme.co.uk") of a domain, a web address or an e-mail address; undefined for what has none,
   * and for free-mail domains, under which strangers would become one company.
   */
  company(raw: string | null | undefined): string | undefined;
  /** Whether a name stands under a public suffix ("acme.co.uk"), as far as ICANN's part of the list says. */
  isPublicName(name: string): boolean;
  /** Distinct ones of a list, in order. */
  companies(raw: readonly (string | null | undefined)[]): readonly string[];
}

/** Loads the public suffix list, 130 KB that nobody pays for who does not sync. */
export async function loadDomains(): Promise<Domains> {
  const { getDomain, parse } = await import("tldts");
  const company = (raw: string | null | undefined): string | undefined => {
    if (!raw) return undefined;
    const text = normaliseEmail(raw) ?? raw.trim().toLowerCase();
    const host = text.includes("@") ? text.slice(text.lastIndexOf("@") + 1) : text;
    const domain = getDomain(host, { allowPrivateDomains: true });
    if (!domain || freeMailDomains.has(domain)) return undefined;
    return domain;
  };
  return {
    company,
    isPublicName(name) {
      const { domain, isIcann } = parse(name);
      return domain !== null && isIcann === true;
    },
    companies(raw) {
      const found = new Set<string>();
      for (const one of raw) {
        const domain = company(one);
        if (domain) found.add(domain);
      }
      return [...found];
    },
  };
}
