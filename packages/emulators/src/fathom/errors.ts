import { Refusal } from "../refusal.ts";
import { jsonReply, type Reply } from "../reply.ts";

/** guess: the vendor documents the codes and no bodies. */
export const errorReply = (status: number, message: string): Reply => jsonReply(status, { error: message });

export const refuse = (status: number, message: string) => new Refusal(errorReply(status, message));
