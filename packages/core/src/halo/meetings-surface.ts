import type { Meeting, TranscriptRow } from "../ports/meeting-store.ts";

export interface Meetings {
  /**
   * The latest first, of every provider; only those about the customers that are named, where any is. `after`: the last
   * one of the page before. Default limit 50, at most 200. For the org's own people: a meeting's title and participants
   * are nothing that a customer is shown.
   */
  list(
    orgId: string,
    filter?: {
      readonly endUserId?: string;
      readonly companyId?: string;
      readonly connectionId?: string;
      /** Of the connection's: this meeting alone. */
      readonly key?: string;
      readonly after?: Pick<Meeting, "startedAt" | "connectionId" | "key">;
      readonly limit?: number;
    },
  ): Promise<readonly Meeting[]>;
  /** What was said, turn by turn; undefined where there is no transcript. */
  transcript(
    orgId: string,
    meeting: { readonly connectionId: string; readonly key: string },
  ): Promise<TranscriptRow | undefined>;
}
