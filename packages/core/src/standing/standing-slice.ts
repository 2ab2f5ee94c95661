import type { Engine } from "../engine/engine.ts";
import type { Again, Slice } from "../work/slice.ts";

export async function standingSlice(_engine: Engine, _slice: Slice): Promise<Again> {
  return undefined;
}
