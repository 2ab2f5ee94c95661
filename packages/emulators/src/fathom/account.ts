/** Somebody of the organisation, with an account at the vendor. */
export interface FathomUser {
  readonly name: string;
  readonly email: string;
  readonly team: string | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  active: boolean;
}

export interface FathomTeam {
  readonly name: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

export interface FathomInvitee {
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly isExternal: boolean;
  /** How they are called in the transcript, where the vendor found out. */
  readonly speaker: string | undefined;
}

export type FathomSharing = "no_teams" | "single_team" | "multiple_teams" | "all_teams";

/** What is known of a recording, and what it says. */
export interface FathomMeeting {
  readonly recordingId: number;
  /** The number in the address of the call, which is another. */
  readonly callId: number;
  title: string;
  readonly meetingTitle: string | undefined;
  readonly meetingType: string | undefined;
  readonly meetingUrl: string | undefined;
  /** Epoch ms, as all times. */
  readonly createdAt: number;
  readonly scheduled: { readonly start: number; readonly end: number } | undefined;
  readonly recordingStart: number;
  readonly recordingEnd: number;
  readonly language: string;
  readonly invitees: readonly FathomInvitee[];
  readonly recordedBy: { readonly name: string; readonly email: string; readonly team: string | undefined };
  sharedWith: FathomSharing;
  /** People of the organisation that it was shared with by name. */
  readonly sharedPeople: Set<string>;
  /** Undefined until it is ready, or for ever. */
  transcript: (() => readonly FathomTurn[]) | undefined;
  summary: string | undefined;
  /** Undefined until the summary is ready. */
  actionItems: readonly FathomActionItem[] | undefined;
  readonly crmCompany: string | undefined;
  /** What will be the transcript and the summary. */
  readonly draft: {
    readonly transcript: () => readonly FathomTurn[];
    readonly summary: string;
    readonly actionItems: readonly FathomActionItem[];
  };
}

export interface FathomTurn {
  readonly speaker: string;
  readonly email: string | undefined;
  readonly atMs: number;
  readonly text: string;
}

export interface FathomActionItem {
  readonly text: string;
  readonly atMs: number;
  readonly completed: boolean;
  readonly assignee: { readonly name: string; readonly email: string | undefined } | undefined;
}

/** Everything that one organisation holds. */
export interface FathomAccount {
  /** 1 for the first one of the emulator. */
  readonly number: number;
  readonly domain: string;
  readonly ownerEmail: string;
  readonly users: Map<string, FathomUser>;
  readonly teams: readonly FathomTeam[];
  readonly meetingTypes: readonly string[];
  /** By recording_id, oldest first. */
  readonly meetings: Map<number, FathomMeeting>;
}

export const isOwn = (account: FathomAccount, { recordedBy }: FathomMeeting): boolean =>
  account.users.has(recordedBy.email);

/** A key sees what its person recorded or was shared, an admin's too (vendors/fathom.md, Credentials). */
export function maySee(user: FathomUser, meeting: FathomMeeting): boolean {
  const { recordedBy, sharedPeople, sharedWith } = meeting;
  if (recordedBy.email === user.email || sharedPeople.has(user.email)) return true;
  if (sharedWith === "all_teams") return true;
  return sharedWith !== "no_teams" && user.team !== undefined && user.team === recordedBy.team;
}
