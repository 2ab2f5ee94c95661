import type { MeetingPerson, TranscriptSource, TranscriptStatus } from "../define/meeting.ts";

/** The shared tables that a stream's records fill. */
export type SharedTable = "meetings" | "meeting_transcripts";

/** One row of `meetings`, as a page brings it. */
export interface MeetingRow {
  readonly title: string;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly durationSeconds: number | undefined;
  readonly url: string | undefined;
  readonly host: MeetingPerson | undefined;
  /** Each person once. */
  readonly participants: readonly MeetingPerson[];
}

/** One row of `meeting_transcripts`: of the meeting with the same key. */
export interface TranscriptRow extends Omit<TranscriptSource, "actionItems"> {
  readonly actionItems: NonNullable<TranscriptSource["actionItems"]>;
}

/** A meeting of a shared table. With its stream and key it names the record that says so. */
export interface Meeting extends MeetingRow {
  readonly connectionId: string;
  readonly key: string;
  /** The integration: "zoom". */
  readonly provider: string;
  /** Customers that it is about, as far as they are known. */
  readonly endUserIds: readonly string[];
  readonly companyIds: readonly string[];
  /** Undefined where no transcript was ever asked for. */
  readonly transcript:
    | {
        readonly status: TranscriptStatus;
        readonly reason: string | undefined;
        readonly language: string | undefined;
        readonly turns: number;
        readonly summary: string | undefined;
        readonly actionItems: TranscriptRow["actionItems"];
      }
    | undefined;
}

export interface MeetingStats {
  readonly meetings: number;
  /** Of these, about a person or a company that is known. */
  readonly linked: number;
  /** With text. */
  readonly transcripts: number;
  /** Of these, whose text was first stored at `since` or later. */
  readonly recent: number;
}

/** What pages wrote of meetings, whichever vendor it came from. */
export interface MeetingStore {
  /** The latest first; those without a beginning last. `after`: the last one of the page before, gone or not. */
  list(
    orgId: string,
    filter: {
      readonly endUserId?: string | undefined;
      readonly companyId?: string | undefined;
      readonly connectionId?: string | undefined;
      /** The vendor's. */
      readonly key?: string | undefined;
      readonly after?: Pick<Meeting, "startedAt" | "connectionId" | "key"> | undefined;
      readonly limit: number;
    },
  ): Promise<readonly Meeting[]>;
  /** What was said, turn by turn; undefined where there is no transcript. */
  transcript(orgId: string, connectionId: string, key: string): Promise<TranscriptRow | undefined>;
  stats(orgId: string, connectionId: string, since: Date): Promise<MeetingStats>;
}
