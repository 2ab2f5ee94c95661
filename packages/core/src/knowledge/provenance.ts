/** What an answer needs to know of a retrieved passage to cite it. */
export interface CitableHit {
  readonly text: string;
  /** Key with the source's prefix, for example `hubspot:emails:123`. */
  readonly documentKey: string;
  readonly title?: string | undefined;
  readonly url?: string | undefined;
  /** When it was said or written, epoch ms. */
  readonly occurredAt?: number | undefined;
  readonly audience?: "internal" | "shareable" | undefined;
  /** The customer it concerns, as a person would say it. */
  readonly customer?: string | undefined;
  readonly label?: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** One line that says where a passage stands, for people. */
export function formatCitation(hit: CitableHit): string {
  void hit;
  throw new Error("not yet");
}

/** The passages as one text for a model, marked as data with their sources. */
export function renderForAgent(hits: readonly CitableHit[]): string {
  void hits;
  throw new Error("not yet");
}
