import { jsonReply, type Reply } from "../reply.ts";

/** Thrown inside a route, answered at its edge. */
export class FathomRefusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super("refused");
    this.reply = reply;
  }
}

/** guess: the vendor documents the codes and no bodies. */
export const errorReply = (status: number, message: string): Reply => jsonReply(status, { error: message });

export const refuse = (status: number, message: string) => new FathomRefusal(errorReply(status, message));
