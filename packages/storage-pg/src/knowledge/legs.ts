import type { LegHit, QueryTerm, SearchFilter, SearchLegs } from "@halo/core";
import type { Door, Tx } from "../tenant.ts";
import { beginWords, noWords, placeWords, rankWords } from "./lexical.ts";
import { beginNearest, nearestOfSome, placeNearest } from "./nearest.ts";
import { placesIn } from "./places.ts";
import { rankInProcess } from "./rank-in-process.ts";
import { type Allowed, allowedDocuments } from "./scope.ts";
import { requireSpace, type SpaceTable } from "./space.ts";

export interface Asked {
  readonly terms: readonly QueryTerm[];
  readonly vector: Float32Array | undefined;
}

export interface Limits {
  readonly lexical: number;
  readonly nearest: number;
}

/** What is left of a question once what cannot find anything is taken out. */
interface Question {
  readonly orgId: string;
  readonly words: { readonly terms: readonly QueryTerm[]; readonly limit: number } | undefined;
  readonly near:
    | { readonly space: SpaceTable; readonly vector: Float32Array; readonly limit: number }
    | undefined;
}

/** Both legs, or one of them, in one transaction. */
export async function searchLegs(
  door: Door,
  space: SpaceTable | undefined,
  orgId: string,
  { terms, vector }: Asked,
  filter: SearchFilter,
  limits: Limits,
): Promise<SearchLegs> {
  const question: Question = {
    orgId,
    words: terms.length > 0 && limits.lexical > 0 ? { terms, limit: limits.lexical } : undefined,
    near: space && vector && limits.nearest > 0 ? { space, vector, limit: limits.nearest } : undefined,
  };
  if (question.near) requireSpace(question.near.space, question.near.vector);
  const none: SearchLegs = { lexical: noWords(terms), nearest: [] };
  if (!question.words && !question.near) return none;
  return door.inOrg(orgId, async (tx) => {
    const allowed = await allowedDocuments(tx, orgId, filter);
    if (allowed.kind !== "some") return { ...none, ...(await legsOfMost(tx, question, allowed)) };
    return allowed.documents.length > 0 ? { ...none, ...(await legsOfSome(tx, question, allowed)) } : none;
  });
}

/** Little may be seen: nothing but that is ranked. */
async function legsOfSome(
  tx: Tx,
  { orgId, words, near }: Question,
  allowed: Extract<Allowed, { kind: "some" }>,
): Promise<Partial<SearchLegs>> {
  const [lexical, nearest] = await tx.both(
    async () => words && (await rankWords(tx, orgId, words.terms, allowed, words.limit)),
    async () => {
      if (!near) return [];
      const { limit, space, vector } = near;
      if (space.kind === "bytes") return await rankInProcess(tx, space, orgId, vector, allowed, limit);
      return await nearestOfSome(tx, space, orgId, vector, allowed.documents, limit);
    },
  );
  return { ...(lexical && { lexical }), nearest };
}

/** All or most may be seen: both legs rank first, by ids alone, and then it is asked once where the best of either stand. */
async function legsOfMost(
  tx: Tx,
  { orgId, words, near }: Question,
  allowed: Exclude<Allowed, { kind: "some" }>,
): Promise<Partial<SearchLegs>> {
  const filtered = allowed.kind === "many";
  const places = placesIn(tx, orgId, allowed);
  const [ranked, compared] = await tx.both(
    async () => {
      if (!words) return undefined;
      const few = () => places.ofFew(words.limit + (near?.limit ?? 0));
      return (await tx.both(few, () => beginWords(tx, orgId, words.terms, words.limit, filtered)))[1];
    },
    async () => {
      if (!near) return undefined;
      const { limit, space, vector } = near;
      if (space.kind === "bytes")
        return { hits: await rankInProcess(tx, space, orgId, vector, allowed, limit) };
      const alone = !words && !filtered ? places : undefined;
      return await beginNearest(tx, space, orgId, vector, limit * (filtered ? 8 : 2), alone);
    },
  );
  const begun = compared && "items" in compared ? compared : undefined;
  await places.of([...(ranked?.items ?? []), ...(begun?.items ?? [])].map(({ chunkId }) => chunkId));
  const nearest: readonly LegHit[] | undefined =
    compared && "hits" in compared
      ? compared.hits
      : begun && (await placeNearest(places, begun, near?.limit ?? 0));
  if (!words) return { ...(nearest && { nearest }) };
  // With too many entries to be read, they are ranked where they are.
  const lexical = ranked
    ? await placeWords(places, ranked, words.limit)
    : await rankWords(tx, orgId, words.terms, allowed, words.limit);
  return { lexical, ...(nearest && { nearest }) };
}
