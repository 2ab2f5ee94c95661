import { isHaloError } from "@halo/core";

/** Runs `read`; undefined where the connection lacks a scope for it. */
export async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isHaloError(error, "gate_closed")) return undefined;
    throw error;
  }
}
