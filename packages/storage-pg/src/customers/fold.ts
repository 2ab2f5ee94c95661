/** A claim as it counts towards a customer. */
export interface FoldableClaim {
  readonly rank: number;
  /** ISO 8601, in UTC: compares as text. */
  readonly updatedAt: string;
  readonly source: string;
  readonly identities: readonly string[];
  readonly fields: { readonly [field: string]: string };
  readonly custom: { readonly [field: string]: unknown };
}

export interface FoldedCustomer {
  /** The first address or domain of the best claim that has one. */
  readonly identity: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
  readonly custom: { readonly [field: string]: unknown };
}

/** Field by field, the greatest (rank, update, source) wins. */
export function foldClaims(claims: readonly FoldableClaim[]): FoldedCustomer {
  const [only] = claims;
  // Most customers have one claim.
  const best = claims.length === 1 && only ? [only] : [...claims].sort(greatestFirst);
  const fields = new Map<string, string>();
  const custom = new Map<string, unknown>();
  for (const claim of best) {
    for (const [field, value] of Object.entries(claim.fields))
      if (!fields.has(field)) fields.set(field, value);
    for (const [field, value] of Object.entries(claim.custom))
      if (!custom.has(field)) custom.set(field, value);
  }
  return {
    identity: best.find(({ identities }) => identities.length > 0)?.identities[0],
    fields,
    // fromEntries defines own properties: a field named "__proto__" stays a field (T26).
    custom: Object.fromEntries(custom),
  };
}

function greatestFirst(left: FoldableClaim, right: FoldableClaim): number {
  if (left.rank !== right.rank) return right.rank - left.rank;
  if (left.updatedAt !== right.updatedAt) return left.updatedAt < right.updatedAt ? 1 : -1;
  if (left.source === right.source) return 0;
  return left.source < right.source ? 1 : -1;
}

const wholeNumber = /^\d{1,15}$/;

/** "1,200" and "1200.0" are numbers of people, "51-200" is not one number. */
export function employeeCount(value: string | undefined): number | undefined {
  const digits = value
    ?.trim()
    .replace(/(?<=\d)[,_ '](?=\d{3})/g, "")
    .replace(/\.0*$/, "");
  return digits !== undefined && wholeNumber.test(digits) ? Number(digits) : undefined;
}

/** A point in time as a store takes it; undefined for what is none. Vendors give ISO 8601 or epoch milliseconds. */
export function instant(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const time = wholeNumber.test(value) && value.length >= 12 ? Number(value) : Date.parse(value);
  // Beyond these years PostgreSQL and JavaScript write dates differently.
  return Number.isFinite(time) && Math.abs(time) < 253_402_300_800_000
    ? new Date(time).toISOString()
    : undefined;
}
