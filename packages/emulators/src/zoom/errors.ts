import { Refusal } from "../refusal.ts";
import { jsonReply, type Reply } from "../reply.ts";

export const errorReply = (status: number, code: number, message: string): Reply =>
  jsonReply(status, { code, message });

export const refuse = (status: number, code: number, message: string) =>
  new Refusal(errorReply(status, code, message));

/** guess: the words, and 3001 for meetings; the codes that are known stand in vendors/zoom.md. */
export const noMeeting = (id: string) => refuse(404, 3001, `Meeting does not exist: ${id}.`);
export const noRecording = () => refuse(404, 3301, "This recording does not exist.");
export const noUser = (id: string) => refuse(404, 1001, `User does not exist: ${id}.`);
export const invalidField = (field: string, message: string) =>
  new Refusal(jsonReply(400, { code: 300, message: "Validation Failed.", errors: [{ field, message }] }));

/** The token endpoint's own format; the words as users report them. */
export const oauthError = (error: string, reason: string, status = 400): Reply =>
  jsonReply(status, { reason, error });
