/** Who may be told: `internal` is for the org's staff only, `shareable` also for the customer it is about. */
export type Audience = "internal" | "shareable";

/** What of a record becomes knowledge, as it stands at the vendor; cleaning and chunking are core's. */
export interface DocumentSource {
  /** What kind of thing it is: "email", "note", "call". Part of the document's key, shown with a citation. */
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  /** `email_html` and `email_text` have their quoted replies and signatures taken off. */
  readonly format: "text" | "html" | "email_html" | "email_text" | "transcript";
  readonly audience: Audience;
  /** When it was said, not when it was stored. */
  readonly occurredAt: Date | undefined;
  /** Where a person can open it. */
  readonly url?: string | undefined;
  /** Who said it, shown with a citation. */
  readonly author?: string | undefined;
  /**
   * Worth distilling into insights, where a language model is configured. Default: transcripts are. Short texts never
   * are, whatever stands here.
   */
  readonly distil?: boolean | undefined;
}
