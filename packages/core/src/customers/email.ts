/** Longest address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets). */
const maxLength = 254;

/**
 * An address as Halo compares it: trimmed, case-folded, without a display name. Undefined for what is no address, so
 * that "n/a" in a vendor's e-mail field matches nobody.
 */
export function normaliseEmail(raw: string | null | undefined): string | undefined {
  if (!raw) return undefined;
  // As most come: what follows would change nothing.
  if (raw.length <= maxLength && plain.test(raw)) return raw;
  let address = raw.trim();
  if (address.endsWith(">")) {
    const open = address.lastIndexOf("<");
    if (open >= 0) address = address.slice(open + 1, -1).trim();
  }
  address = address.normalize("NFKC").toLowerCase();
  if (address.startsWith("mailto:")) address = address.slice("mailto:".length);
  if (address.length > maxLength) return undefined;
  const at = address.lastIndexOf("@");
  if (at < 1 || at === address.length - 1 || address.indexOf("@") !== at) return undefined;
  const domain = address.slice(at + 1);
  if (!domain.includes(".") || domain.startsWith(".") || domain.endsWith(".")) return undefined;
  for (const character of address) {
    if (character <= " " || forbidden.has(character)) return undefined;
  }
  return address;
}

const plain = /^[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

const forbidden = new Set([",", ";", "<", ">", "(", ")", "[", "]", "\\", '"', "\u007f"]);

/** Distinct addresses of a list in which several may stand, in order. */
export function normaliseEmails(raw: readonly (string | null | undefined)[]): readonly string[] {
  const found = new Set<string>();
  for (const address of raw) {
    const normal = normaliseEmail(address);
    if (normal) found.add(normal);
  }
  return [...found];
}
