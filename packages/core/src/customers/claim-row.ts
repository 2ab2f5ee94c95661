import type { CustomerClaim, CustomerLink } from "../define/customer.ts";
import type { ClaimRow, LinkRow } from "../ports/page-store.ts";
import { storableText } from "../storable-json.ts";
import type { Domains } from "./domain.ts";
import { normaliseEmail, normaliseEmails } from "./email.ts";

/** How sure a match is, by what it rests on. */
export const matchScores = {
  association: 1,
  email: 0.95,
  field: 0.95,
  domain: 0.9,
  email_domain: 0.6,
} as const;

/** A claim as the store takes it: addresses case-folded, domains registrable, empty values left out. */
export function claimRow(
  claim: CustomerClaim,
  context: { readonly id: string; readonly rank: number; readonly source: string; readonly domains: Domains },
): ClaimRow {
  const fields: Record<string, string> = {};
  for (const [field, value] of Object.entries(claim.fields)) {
    const text = typeof value === "string" ? storableText(value).trim() : "";
    if (text !== "") fields[field] = text;
  }
  const custom: Record<string, string | number | boolean> = {};
  for (const [field, value] of Object.entries(claim.custom ?? {})) {
    if (value === null || value === undefined || value === "") continue;
    custom[field] = typeof value === "string" ? storableText(value) : value;
  }
  const base = {
    kind: claim.kind,
    candidateId: context.id,
    fields,
    custom,
    rank: context.rank,
    source: context.source,
  };
  if (claim.kind === "company") {
    return { ...base, identities: context.domains.companies(claim.domains), company: undefined };
  }
  const identities = normaliseEmails(claim.emails);
  const domain = context.domains.company(identities[0]);
  const company =
    claim.company || domain
      ? { ...(claim.company ? { ref: claim.company } : {}), ...(domain ? { domain } : {}) }
      : undefined;
  return { ...base, identities, company };
}

/** Links as the store takes them, each target once; addresses that are none fall away. */
export function linkRows(links: readonly CustomerLink[], domains: Domains): readonly LinkRow[] {
  const rows = new Map<string, LinkRow>();
  for (const link of links) {
    const row = linkRow(link, domains);
    if (!row) continue;
    const target = row.ref
      ? `ref ${row.ref.stream} ${row.ref.key}`
      : row.field
        ? `field ${row.field.name} ${row.field.value}`
        : `identity ${row.identity}`;
    const key = `${row.kind} ${target}`;
    if (!rows.has(key)) rows.set(key, row);
  }
  return [...rows.values()];
}

function linkRow(link: CustomerLink, domains: Domains): LinkRow | undefined {
  if ("ref" in link) {
    return { kind: link.kind, ref: link.ref, reason: link.reason, score: matchScores.association };
  }
  if ("field" in link) {
    const value = storableText(link.value).trim().toLowerCase();
    return value === ""
      ? undefined
      : {
          kind: link.kind,
          field: { name: link.field, value },
          reason: link.reason,
          score: matchScores.field,
        };
  }
  const identity = link.kind === "end_user" ? normaliseEmail(link.email) : domains.company(link.domain);
  if (!identity) return undefined;
  const score = link.kind === "end_user" ? matchScores.email : matchScores.domain;
  return { kind: link.kind, identity, reason: link.reason, score };
}
