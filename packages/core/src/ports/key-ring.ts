/** The keys that seal credentials. New things are sealed with `current`; older keys still open what they sealed. */
export interface KeyRing {
  readonly current: string;
  /** 32 bytes; undefined for an id that the ring does not have. */
  key(id: string): Uint8Array | undefined;
}
