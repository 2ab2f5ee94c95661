import type { Clock } from "../clock.ts";
import type { Latency } from "../latency.ts";
import type { CrmSize, MeetingPerson } from "../meetings/people.ts";
import type { ZoomLimitValues, ZoomPlan } from "./limits.ts";

export interface ZoomAccountSize {
  /** People of the account; the first one owns it. */
  readonly users: number;
  /** Meetings that took place, recurring ones counted by instance. */
  readonly meetings: number;
  /** How far back the first of them lies. */
  readonly days: number;
}

export interface ZoomAccountOptions {
  /** Decides every id, text and number of the account. 1 unless told. */
  readonly seed?: number | string;
  /** 6 users and 40 meetings in 90 days unless told. */
  readonly size?: Partial<ZoomAccountSize>;
  /** Guests of the meetings; contacts of the HubSpot emulator of this seed unless told. */
  readonly people?: readonly MeetingPerson[];
  /** The HubSpot emulator whose contacts they are, where `people` says nothing; its small portal unless told. */
  readonly crm?: CrmSize & { readonly seed?: number | string };
  /** Of the account's own addresses. */
  readonly domain?: string;
  /** Before it the last seeded meeting ended, epoch ms; 1 September 2026, or now where that is earlier. */
  readonly seededUntil?: number;
  /** Whether a meeting is planted for each thing that can be odd about one; true unless told. */
  readonly awkward?: boolean;
}

export interface ZoomEmulatorOptions extends ZoomAccountOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The app's webhook Secret Token. */
  readonly secretToken?: string;
  /** `admin` unless told: whose scopes end in `:admin`, and which may ask for other users than `me`. */
  readonly management?: "user" | "admin";
  /** The scopes chosen on the app; all that its management allows unless told. */
  readonly scopes?: readonly string[];
  /** The machine's clock unless told. */
  readonly clock?: Clock;
  /** No delay unless told. */
  readonly latency?: Partial<Latency>;
  /** What the accounts pay for, which decides the limits; `pro` unless told. */
  readonly plan?: ZoomPlan;
  readonly limits?: Partial<ZoomLimitValues> | "none";
  readonly behaviour?: Partial<ZoomBehaviour>;
  /** How webhooks leave; the global fetch unless told. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Where the vendor may do either, or where no source says which, a test can have both. */
export interface ZoomBehaviour {
  /** More than a month between `from` and `to`: the later month is answered, or the request refused. */
  monthWindow: "clamp" | "refuse";
  /** A transcript that is not ready yet: not listed, or listed as processing. */
  lateTranscripts: "absent" | "processing";
  /** `id` and `type` of meetings as numbers or as text; both are seen. */
  meetingIds: "number" | "text";
  /** A download without leave: 401, or the vendor's login page with status 200. */
  refusedDownload: "status" | "html";
  /** Where a download is sent on to: nowhere, another host of the vendor's, or somebody else's. */
  downloadRedirect: "none" | "vendor" | "foreign";
  /** The vendor's other host; the one that was asked unless told. */
  fileOrigin: string | undefined;
  /** Somebody else's host. */
  foreignOrigin: string;
  /** How long an address of a file works. */
  downloadUrlMs: number;
  /** What an address answers that has died. */
  deadUrlStatus: number;
  /** How long a used refresh token still works. */
  refreshGraceMs: number;
  /** Status of an answer to a token that lacks a scope. */
  missingScopeStatus: 400 | 401;
  /** `object.account_id` is another one than the payload's, as in recorded deliveries. */
  otherObjectAccount: boolean;
  /** Creating an event subscription calls its URL with a challenge first. */
  validateOnCreate: boolean;
}

export const SMALL_ZOOM_ACCOUNT: ZoomAccountSize = { users: 6, meetings: 40, days: 90 };

export const DEFAULT_BEHAVIOUR: ZoomBehaviour = {
  // guess: from reports that the answer's `from` differs from the one asked for.
  monthWindow: "clamp",
  lateTranscripts: "absent",
  meetingIds: "number",
  refusedDownload: "status",
  downloadRedirect: "none",
  fileOrigin: undefined,
  foreignOrigin: "https://files.example.net",
  downloadUrlMs: Number.POSITIVE_INFINITY,
  deadUrlStatus: 404,
  refreshGraceMs: 0,
  // As users report it; vendors/zoom.md leaves it open.
  missingScopeStatus: 400,
  otherObjectAccount: false,
  validateOnCreate: true,
};
