/** A person of a Zoom account. */
export interface ZoomUser {
  readonly id: string;
  email: string;
  firstName: string;
  lastName: string;
  /** 1 basic, 2 licensed. */
  readonly type: 1 | 2;
  readonly roleName: "Owner" | "Admin" | "Member";
  status: "active" | "inactive" | "pending";
  readonly timezone: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

export interface ZoomParticipant {
  /** The user's id for people who were signed in to Zoom, empty for guests. */
  readonly id: string;
  /** Of this one join. */
  readonly userId: string;
  readonly name: string;
  /** Empty where the vendor does not tell it. */
  readonly email: string;
  readonly joinMs: number;
  readonly leaveMs: number;
  readonly internal: boolean;
}

export type ZoomFileType = "MP4" | "M4A" | "TRANSCRIPT" | "CC" | "CHAT" | "TIMELINE" | "SUMMARY";

/** What a file holds, made when it is asked for. */
export interface FileContent {
  readonly contentType: string;
  /** Undefined when it is not known before it is made. */
  readonly bytes: number | undefined;
  body(): string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface ZoomFile {
  readonly id: string;
  readonly type: ZoomFileType;
  readonly extension: "MP4" | "M4A" | "VTT" | "TXT" | "JSON";
  readonly recordingType: string;
  status: "processing" | "completed";
  content: FileContent;
  /** Counts up when its address is made anew; older addresses are dead. */
  generation: number;
  /** Every address of it is dead, also new ones. */
  dead: boolean;
}

export interface ZoomRecording {
  readonly files: ZoomFile[];
  /** Epoch ms, while it lies in the trash. */
  trashedAt: number | undefined;
  /** Only its owner may download it. */
  readonly isPrivate: boolean;
  readonly passcode: string;
}

/** One instance of a meeting that took place. */
export interface ZoomMeeting {
  readonly uuid: string;
  /** Shared by all instances of a recurring meeting. */
  readonly id: number;
  readonly hostId: string;
  topic: string;
  /** 1 instant, 2 scheduled, 4 personal room, 8 recurring. */
  readonly type: 1 | 2 | 4 | 8;
  /** Epoch ms. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly timezone: string;
  readonly participants: ZoomParticipant[];
  recording: ZoomRecording | undefined;
  readonly summary: ZoomSummary | undefined;
}

export interface ZoomSummary {
  readonly overview: string;
  readonly topics: readonly { readonly label: string; readonly summary: string }[];
  readonly nextSteps: readonly string[];
}

/** Everything that one account of the vendor holds. */
export interface ZoomAccount {
  readonly id: string;
  /** 1 for the first account of the emulator. */
  readonly number: number;
  readonly accountNumber: number;
  readonly domain: string;
  readonly ownerId: string;
  readonly users: Map<string, ZoomUser>;
  /** By UUID, oldest first. */
  readonly meetings: Map<string, ZoomMeeting>;
}

export const transcriptOf = (meeting: ZoomMeeting): ZoomFile | undefined =>
  meeting.recording?.files.find((file) => file.type === "TRANSCRIPT");

/** By its UUID; by its number, the newest instance. */
export function findMeeting(account: ZoomAccount, idOrUuid: string): ZoomMeeting | undefined {
  const exact = account.meetings.get(idOrUuid);
  if (exact || !/^\d{9,12}$/.test(idOrUuid)) return exact;
  return instancesOf(account, Number(idOrUuid)).at(-1);
}

/** Oldest first. */
export const instancesOf = (account: ZoomAccount, id: number): ZoomMeeting[] =>
  [...account.meetings.values()].filter((one) => one.id === id).sort((a, b) => a.startMs - b.startMs);

export function findUser(account: ZoomAccount, idOrEmail: string): ZoomUser | undefined {
  return (
    account.users.get(idOrEmail) ??
    [...account.users.values()].find((user) => user.email.toLowerCase() === idOrEmail.toLowerCase())
  );
}
