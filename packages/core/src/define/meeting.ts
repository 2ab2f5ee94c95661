/** Somebody in a meeting, as far as the vendor tells. */
export interface MeetingPerson {
  readonly name?: string | undefined;
  /** Guests often have none. */
  readonly email?: string | undefined;
  /** The vendor says that they belong to the account that records, or that they do not. Undefined: it does not say. */
  readonly internal?: boolean | undefined;
}

/** Who was in a meeting. Whom it is about follows: whoever is not of the host's own domains. */
export interface Attendance {
  readonly host?: MeetingPerson | undefined;
  readonly participants: readonly MeetingPerson[];
}

/** A row of the shared table `meetings`. */
export interface MeetingSource {
  readonly title: string;
  readonly startedAt?: Date | undefined;
  readonly endedAt?: Date | undefined;
  readonly durationSeconds?: number | undefined;
  /** Where a person can open it. */
  readonly url?: string | undefined;
}

/** What one person said without being interrupted. */
export interface TranscriptTurn {
  readonly speaker?: string | undefined;
  /** Where the vendor knows who the speaker is. */
  readonly email?: string | undefined;
  /** From the recording's start. */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly text: string;
}

/**
 * `available`: there is text. `empty`: the vendor has one without words. `pending`: not made yet. `none`: there is none.
 * `unavailable`: it could not be had, `reason` says why; a later `backfill_transcripts` asks again.
 */
export type TranscriptStatus = "available" | "empty" | "pending" | "none" | "unavailable";

/** A row of the shared table `meeting_transcripts`. */
export interface TranscriptSource {
  readonly status: TranscriptStatus;
  /** A word: "url_dead", "too_large". */
  readonly reason?: string | undefined;
  readonly language?: string | undefined;
  readonly turns: readonly TranscriptTurn[];
  /** As the vendor wrote it, in Markdown. */
  readonly summary?: string | undefined;
  readonly actionItems?: readonly {
    readonly text: string;
    readonly assignee?: string | undefined;
    readonly done?: boolean | undefined;
  }[];
}
