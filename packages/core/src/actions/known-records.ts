import { normaliseEmail } from "../customers/email.ts";
import type { Engine } from "../engine/engine.ts";
import type { ActionCall } from "../ports/action-store.ts";

/** Claims come first among what explains a customer. */
const most = 200;

/**
 * Which records of a stream of the call's connection are the person's whom it is about. A vendor that compares addresses to
 * the letter is asked by these: the address of the subject is the one that Halo compares by.
 */
export function knownRecords(
  { storage }: Pick<Engine, "storage">,
  { connectionId, orgId, subject }: Pick<ActionCall, "connectionId" | "orgId" | "subject">,
): (stream: string) => Promise<readonly string[]> {
  return async (stream) => {
    const email = normaliseEmail(subject?.email);
    if (email === undefined) return [];
    const person = await storage.customers.endUser(orgId, { email });
    if (!person) return [];
    const matches = await storage.customers.explain(orgId, "end_user", person.id, most);
    const own = matches.filter((match) => match.connectionId === connectionId && match.stream === stream);
    return [...new Set(own.map(({ key }) => key))];
  };
}
