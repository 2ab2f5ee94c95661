/** What JSON can hold. Cursors, hints and shard parameters are this, so that a store can keep them. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };
