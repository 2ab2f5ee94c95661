export interface SplitReply {
  /** What this mail says itself. */
  readonly body: string;
  /** Signature, disclaimer and the mails it answers or forwards; empty when there are none. */
  readonly quoted: string;
}

/** Divides a mail's text where its own words end. `body + quoted` is the text but for white space at the seam. */
export function splitQuotedReply(text: string): SplitReply {
  void text;
  throw new Error("not yet");
}
