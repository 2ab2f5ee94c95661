import type { VendorEmulatorOptions } from "../vendor-emulator.ts";
import type { Distribution, SlackBehaviour } from "./call.ts";
import type { SlackLimitSettings } from "./limits.ts";
import type { WorkspaceSize } from "./seed/seed-workspace.ts";

export interface WorkspaceOptions {
  /** Decides every id, text and number of the workspace. 1 unless told. */
  readonly seed?: number | string;
  /** 24 people, 8 public and 3 private channels, 600 messages unless told. */
  readonly size?: Partial<WorkspaceSize>;
  readonly name?: string;
  /** The newest date of a seeded message, epoch ms; 1 September 2026, or now where that is earlier. */
  readonly seededUntil?: number;
}

export interface SlackEmulatorOptions extends WorkspaceOptions, VendorEmulatorOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly signingSecret?: string;
  readonly appId?: string;
  /** How the app is called as a person. */
  readonly botName?: string;
  /** The vendor's tiers unless told. */
  readonly limits?: SlackLimitSettings | "none";
  /** Tokens live for 12 hours and are refreshed; off unless told. */
  readonly tokenRotation?: boolean;
  /** `internal` unless told; `unlisted` brings one request a minute and 15 objects for history and replies. */
  readonly distribution?: Distribution;
  readonly behaviour?: Partial<SlackBehaviour>;
}

export const SMALL_WORKSPACE: WorkspaceSize = {
  people: 24,
  publicChannels: 8,
  privateChannels: 3,
  messages: 600,
};
