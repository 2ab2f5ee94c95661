import type { ClaimRow } from "@halo/core";

/** What is stored of the claims and identities that a page's claims touch. */
export interface KnownCustomers {
  /** Customer of the record's own claim, by record key. */
  readonly byRecord: ReadonlyMap<string, { readonly kind: string; readonly customerId: string }>;
  /** Customer by `identityKey`. */
  readonly byIdentity: ReadonlyMap<string, string>;
}

export interface KeyedClaim {
  readonly key: string;
  readonly claim: ClaimRow;
}

export interface MatchedClaim extends KeyedClaim {
  readonly customerId: string;
  readonly reason: "email" | "domain" | "record";
  readonly score: number;
}

export interface MatchedClaims {
  readonly claims: readonly MatchedClaim[];
  /** Identities that nobody had. */
  readonly identities: readonly {
    readonly kind: string;
    readonly value: string;
    readonly customerId: string;
  }[];
  /** Customers that did not exist before. */
  readonly created: ReadonlySet<string>;
  /** Stored customers that turned out to be one. */
  readonly merges: readonly { readonly kind: string; readonly one: string; readonly other: string }[];
}

export function identityKey(kind: string, value: string): string {
  return `${kind} ${value}`;
}

/**
 * Which customer each claim of a page speaks of: the one that the record already belongs to, else the one that has an
 * identity of the claim, else a new one. Claims of one page that share an identity become one customer. Two stored
 * customers are never joined here: they are named, for the customers' worker.
 */
export function matchClaims(claims: readonly KeyedClaim[], known: KnownCustomers): MatchedClaims {
  const parents = new Map<string, string>();
  const stored = new Set<string>();
  const merges = new Map<string, { kind: string; one: string; other: string }>();
  const root = (id: string): string => {
    let at = id;
    for (let next = parents.get(at); next !== undefined; next = parents.get(at)) at = next;
    return at;
  };
  const join = (kind: string, left: string, right: string): string => {
    const one = root(left);
    const other = root(right);
    if (one === other) return one;
    if (stored.has(one) && stored.has(other)) {
      const [first, second] = one < other ? [one, other] : [other, one];
      merges.set(`${first} ${second}`, { kind, one: first, other: second });
      return one;
    }
    const [keep, gone] = stored.has(other) ? [other, one] : [one, other];
    parents.set(gone, keep);
    return keep;
  };

  const owners = new Map<string, string>();
  const fresh = new Map<string, { kind: string; value: string }>();
  const matched = claims.map(({ key, claim }) => {
    const { kind } = claim;
    const before = known.byRecord.get(key);
    let customer = before?.kind === kind ? before.customerId : undefined;
    if (customer !== undefined) stored.add(customer);
    for (const value of claim.identities) {
      const id = identityKey(kind, value);
      const inStore = known.byIdentity.get(id);
      if (inStore !== undefined) stored.add(inStore);
      const owner = inStore ?? owners.get(id);
      if (owner === undefined) continue;
      customer = customer === undefined ? root(owner) : join(kind, customer, owner);
    }
    const owner = customer ?? claim.candidateId;
    for (const value of claim.identities) {
      const id = identityKey(kind, value);
      if (known.byIdentity.has(id) || owners.has(id)) continue;
      owners.set(id, owner);
      fresh.set(id, { kind, value });
    }
    return { key, claim, owner };
  });

  const created = new Set<string>();
  const result = matched.map(({ key, claim, owner }): MatchedClaim => {
    const customerId = root(owner);
    if (!stored.has(customerId)) created.add(customerId);
    const [reason, score] = claim.identities.length === 0 ? byRecord : byIdentity[claim.kind];
    return { key, claim, customerId, reason, score };
  });
  return {
    claims: result,
    identities: [...fresh].map(([id, { kind, value }]) => ({
      kind,
      value,
      customerId: root(owners.get(id) ?? id),
    })),
    created,
    merges: [...merges.values()],
  };
}

/** How sure a match is, by what it rests on. */
const byRecord = ["record", 1] as const;
const byIdentity = { end_user: ["email", 0.95], company: ["domain", 0.9] } as const;
