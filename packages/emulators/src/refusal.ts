import type { Reply } from "./reply.ts";

/** A vendor says no. Thrown by whatever finds out, answered in one place. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

/** What `run` answers, or the refusal that it throws. */
export function refusedOr(run: () => Reply): Reply {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}
