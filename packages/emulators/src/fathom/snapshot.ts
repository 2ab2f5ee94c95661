import type { FathomAccount, FathomActionItem, FathomMeeting, FathomTurn, FathomUser } from "./account.ts";

export interface SnapshotFathomMeeting
  extends Omit<FathomMeeting, "draft" | "transcript" | "sharedPeople" | "actionItems"> {
  readonly sharedPeople: readonly string[];
  readonly transcript: readonly FathomTurn[] | undefined;
  readonly actionItems: readonly FathomActionItem[] | undefined;
}

/** What an organisation holds at this moment: the truth that a mirror of it is compared with. */
export interface FathomSnapshot {
  readonly users: ReadonlyMap<string, Readonly<FathomUser>>;
  /** By recording_id. */
  readonly meetings: ReadonlyMap<number, SnapshotFathomMeeting>;
}

export const snapshotOrganisation = (account: FathomAccount): FathomSnapshot => ({
  users: new Map([...account.users].map(([email, user]) => [email, { ...user }])),
  meetings: new Map(
    [...account.meetings].map(([id, { draft: _, sharedPeople, transcript, ...meeting }]) => [
      id,
      { ...meeting, sharedPeople: [...sharedPeople], transcript: transcript?.() },
    ]),
  ),
});
