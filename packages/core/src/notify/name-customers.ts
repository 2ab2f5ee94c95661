import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import type { RecordAbout } from "../ports/customer-store.ts";
import type { OutboxNotification } from "../ports/notification-store.ts";
import { recordOf } from "./record-notifier.ts";
import { personField } from "./type-facts.ts";

type Fields = { readonly [field: string]: Json };

const longestName = 300;
const longestEmail = 320;

/**
 * The events of records with whom the customer spine knows by the records' links: a vendor's record often holds ids
 * alone. What the record itself says stays as it is; an event that gains nothing is not among them.
 */
export async function nameCustomers(
  engine: Engine,
  orgId: string,
  notifications: readonly OutboxNotification[],
): Promise<ReadonlyMap<OutboxNotification, Json>> {
  const unnamed = new Map(
    notifications.flatMap((notification) => {
      const record = recordOf(notification.connectionId, notification.key);
      return record && lacksName(notification) ? [[notification, record] as const] : [];
    }),
  );
  if (unnamed.size === 0) return new Map();
  const about = await engine.storage.customers.about(orgId, [...unnamed.values()]);
  return new Map(
    [...unnamed.keys()].flatMap((notification, at) => {
      const known = about[at];
      const event = known && named(notification, known);
      return event ? [[notification, event] as const] : [];
    }),
  );
}

function lacksName({ event, type }: OutboxNotification): boolean {
  const field = personField(type);
  if (field === undefined || !isFields(event)) return false;
  const said = event[field];
  return event["company"] === undefined || !isFields(said) || said["name"] === undefined;
}

function named({ event, type }: OutboxNotification, about: RecordAbout): Json | undefined {
  const field = personField(type);
  if (field === undefined || !isFields(event)) return undefined;
  const person = withPerson(event[field], about.person);
  const company =
    event["company"] === undefined
      ? (shortOf(about.company?.name) ?? shortOf(about.company?.domain))
      : undefined;
  return person || company
    ? { ...event, ...(person && { [field]: person }), ...(company && { company }) }
    : undefined;
}

/** Who is said is kept; a name is added to an address only if it is that person's. */
function withPerson(said: Json | undefined, known: RecordAbout["person"]): Json | undefined {
  const name = shortOf(known?.name);
  const email = known?.email !== undefined && known.email.length <= longestEmail ? known.email : undefined;
  if (said === undefined)
    return name || email ? { ...(name && { name }), ...(email && { email }) } : undefined;
  if (!isFields(said) || said["name"] !== undefined || !name || !email) return undefined;
  const address = said["email"];
  const same = typeof address === "string" && address.trim().toLowerCase() === email.toLowerCase();
  return same ? { name, ...said } : undefined;
}

const shortOf = (name: string | undefined) => name?.trim().slice(0, longestName) || undefined;

function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
