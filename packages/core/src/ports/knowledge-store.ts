import type { Audience, DocumentSource } from "../define/document.ts";
import type { Verdicts } from "./learning-store.ts";
import type { Lease } from "./lease-store.ts";

/** Who asks, and so what may be found (T33). */
export type SearchScope =
  /** What is about nobody in particular and may be told to anybody. */
  | { readonly kind: "general" }
  /** General, and what is about this customer and may be told to them. */
  | { readonly kind: "customer"; readonly endUserId?: string; readonly companyId?: string }
  /** Everything of the org: for its own people only. */
  | { readonly kind: "staff"; readonly endUserId?: string; readonly companyId?: string };

export interface SearchFilter {
  readonly scope: SearchScope;
  /** Start of the source key: "hubspot:", "hubspot:email:". */
  readonly prefix?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface PendingDocument {
  readonly id: string;
  readonly sourceKey: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly format: DocumentSource["format"];
  readonly author: string | undefined;
  /** Its record asks for it to be distilled. */
  readonly distil: boolean;
  /** By `{rule}@{version}`: what a model said of this revision. */
  readonly verdicts: Verdicts;
  /** Rules decided about it before, perhaps in another revision, perhaps others than today's. */
  readonly decided: boolean;
  /** Of the rules by which this revision may be learned; undefined: not decided yet. */
  readonly stamp: string | undefined;
  /** Grows with every change: an index made of an older one is not stored. */
  readonly revision: number;
  readonly attempts: number;
}

/** A document's searchable parts. Replaces all that it had, in one transaction. */
export interface IndexedDocument {
  readonly id: string;
  readonly revision: number;
  /** The cleaned text, which `start` and `end` of the chunks point into. */
  readonly text: string;
  readonly cleanerVersion: string;
  readonly chunks: readonly IndexedChunk[];
  /**
   * What was distilled of another text goes. With a key that it was not queued with before, the document waits to be
   * distilled, and the org's `distil` work is woken. Absent: nothing of that is looked at.
   */
  readonly distil?: { readonly textHash: string; readonly key: string | undefined } | undefined;
}

export interface IndexedChunk {
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly hash: string;
  /** Terms counted, repetitions included. */
  readonly length: number;
  readonly terms: ReadonlyMap<string, number>;
  /** One or, when the embedder takes less than a chunk, several. Empty: not embedded (yet). */
  readonly vectors: readonly Float32Array[];
}

/** A chunk that the space in use knows nothing of yet. */
export interface UnembeddedChunk {
  readonly chunkId: string;
  readonly hash: string;
  /** As it stands in the document, without the label that it was indexed under: labels are not kept. */
  readonly text: string;
}

/** A word to look up, as the index knows words, and how much it counts beside the others. */
export interface QueryTerm {
  readonly term: string;
  readonly weight: number;
}

/** One chunk in a leg's ranking. */
export interface LegHit {
  readonly chunkId: string;
  readonly documentId: string;
  readonly index: number;
  readonly score: number;
}

export interface LexicalHit extends LegHit {
  /** The chunk's terms, repetitions included. */
  readonly length: number;
  /** How often each of the terms asked for stands in it, in their order. */
  readonly frequencies: readonly number[];
}

/** What the BM25 leg found, and what it was weighed by. */
export interface LexicalLeg {
  /** Best first. */
  readonly hits: readonly LexicalHit[];
  /** Of the org's chunks, whatever the filter. 0 without hits. */
  readonly averageLength: number;
  /** The inverse document frequency, in the org, of each of the terms asked for, in their order; 0 for one that no hit holds. */
  readonly rarities: readonly number[];
}

export interface SearchLegs {
  readonly lexical: LexicalLeg;
  readonly nearest: readonly LegHit[];
}

export interface ChunkText {
  readonly chunkId: string;
  readonly documentId: string;
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface DocumentHead {
  readonly id: string;
  readonly sourceKey: string;
  readonly kind: string;
  readonly title: string;
  readonly audience: Audience;
  readonly occurredAt: Date | undefined;
  readonly url: string | undefined;
  readonly author: string | undefined;
  readonly connectionId: string | undefined;
  readonly stream: string | undefined;
  readonly recordKey: string | undefined;
  readonly endUsers: readonly {
    readonly id: string;
    readonly name: string | undefined;
    readonly email: string | undefined;
  }[];
  readonly companies: readonly {
    readonly id: string;
    readonly name: string | undefined;
    readonly domain: string | undefined;
  }[];
}

export interface IndexCounts {
  readonly documents: number;
  readonly indexed: number;
  /** To be indexed, or to be judged before that. */
  readonly pending: number;
  readonly failed: number;
  /** A learning rule keeps them out. */
  readonly skipped: number;
  readonly chunks: number;
}

/** What a deletion took away, for the record. */
export interface DeletionReceipt {
  readonly id: string;
  readonly orgId: string;
  readonly at: Date;
  readonly reason: string;
  readonly documents: number;
  readonly chunks: number;
  readonly vectors: number;
  readonly distilled: number;
  readonly sourceKeys: readonly string[];
}

export interface KnowledgeStore {
  /** Documents that wait to be indexed: greatest priority first, then the newest. */
  pending(lease: Lease, limit: number, now: Date): Promise<readonly PendingDocument[]>;
  /** Chunks, terms and vectors of documents, each replaced whole; one whose revision moved on meanwhile is left out. */
  replace(lease: Lease, documents: readonly IndexedDocument[], at: Date): Promise<number>;
  /** It could not be indexed: due again then, or given up on. */
  postpone(
    lease: Lease,
    failures: readonly {
      readonly id: string;
      readonly revision: number;
      readonly reason: string;
      readonly nextAttemptAt: Date | undefined;
    }[],
  ): Promise<void>;
  /** When the next document is due; undefined when none waits. */
  nextDue(lease: Lease): Promise<Date | undefined>;
  /** Vectors of this space for chunks of these hashes, of this org, so that unchanged text is never embedded twice. */
  vectorsOf(orgId: string, hashes: readonly string[]): Promise<ReadonlyMap<string, readonly Float32Array[]>>;
  /**
   * Chunks of indexed documents that have no vector in the space in use, those of the newest documents first, each
   * document's in their order. Empty without a space. Cheap when nothing is missing, but not free: it looks at every
   * chunk of the org. Throws `lease_lost`.
   */
  unembedded(lease: Lease, limit: number): Promise<readonly UnembeddedChunk[]>;
  /**
   * Adds vectors in the space in use to chunks that are there, all in one transaction, and touches nothing else: no
   * document, no other space. Chunks that are gone, and those that have vectors by now, are left out. Answers with how
   * many chunks were given vectors. Throws `lease_lost`, and `storage_failed` for a vector of another space.
   */
  addVectors(
    lease: Lease,
    vectors: readonly { readonly chunkId: string; readonly vectors: readonly Float32Array[] }[],
  ): Promise<number>;
  /** The BM25 leg. `terms` are distinct. */
  lexical(
    orgId: string,
    terms: readonly QueryTerm[],
    filter: SearchFilter,
    limit: number,
  ): Promise<LexicalLeg>;
  /** The vector leg: exact, by cosine, best first; always `limit` rows where there are that many. */
  nearest(
    orgId: string,
    vector: Float32Array,
    filter: SearchFilter,
    limit: number,
  ): Promise<readonly LegHit[]>;
  /** Both legs at once, each as by itself. Without `vector` the second is empty. */
  legs(
    orgId: string,
    asked: { readonly terms: readonly QueryTerm[]; readonly vector: Float32Array | undefined },
    filter: SearchFilter,
    limits: { readonly lexical: number; readonly nearest: number },
  ): Promise<SearchLegs>;
  /** Texts of chunks; with `around`, also of so many neighbours on each side. */
  chunks(orgId: string, chunkIds: readonly string[], around?: number): Promise<readonly ChunkText[]>;
  heads(orgId: string, documentIds: readonly string[]): Promise<readonly DocumentHead[]>;
  counts(orgId: string): Promise<IndexCounts>;
  /**
   * Keys of records whose document has no text, or one cleaned by another version; and of those whose transcript is
   * pending, unavailable or none.
   */
  untranscribed(
    orgId: string,
    connectionId: string,
    stream: string,
    request: {
      readonly kinds: readonly string[];
      readonly cleanerVersion: string;
      readonly after: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly string[]>;
  /** Takes documents with chunks, vectors and distilled facts away, and leaves a receipt. */
  remove(
    orgId: string,
    by: { readonly prefix: string } | { readonly sourceKeys: readonly string[] },
    reason: string,
    at: Date,
  ): Promise<DeletionReceipt>;
  receipts(orgId: string, limit?: number): Promise<readonly DeletionReceipt[]>;
}
