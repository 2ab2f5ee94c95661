import { ValidationError } from "@halo/core/signing";

/**
 * One event as HubSpot sent it: the parsed object itself, with every field that it came with, of which the ones here are
 * checked. It says that something changed and holds nothing else of the record. Order is not promised and
 * `eventId` is not unique: tell events apart by portal, type, object, `eventId` and `occurredAt` together.
 */
export interface HubSpotEvent {
  readonly eventId: number;
  /** The account; one delivery may hold events of several. */
  readonly portalId: number;
  /**
   * The record's id, always exact: one past 2^53 is refused.
   * guess: an association change may come without it; it names both ends instead.
   */
  readonly objectId?: number | null;
  /** `contact.creation`, `object.propertyChange`, … */
  readonly subscriptionType: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  readonly subscriptionId?: number | null;
  readonly appId?: number | null;
  /** From 0. */
  readonly attemptNumber?: number | null;
  /** `0-1` for a contact, …; comes with `object.*` types only. */
  readonly objectTypeId?: string | null;
  readonly changeSource?: string | null;
  readonly sourceId?: string | null;
  readonly changeFlag?: string | null;
  readonly propertyName?: string | null;
  readonly propertyValue?: string | null;
  readonly primaryObjectId?: number | null;
  readonly mergedObjectIds?: readonly number[] | null;
  readonly newObjectId?: number | null;
  readonly associationType?: string | null;
  readonly fromObjectId?: number | null;
  readonly toObjectId?: number | null;
  readonly associationRemoved?: boolean | null;
  readonly isPrimaryAssociation?: boolean | null;
}

/**
 * The events of a parsed body, checked in place: copying them would cost a sixth of parsing them. Throws `input_invalid` with
 * the path of the first field that HubSpot does not send so.
 */
export function requireEvents(body: unknown): HubSpotEvent[] {
  if (!Array.isArray(body)) throw invalid("body");
  for (let at = 0; at < body.length; at++) {
    const wrong = wrongField(body[at]);
    if (wrong !== undefined) throw invalid(`[${at}]${wrong}`);
  }
  return body;
}

/** Any value that JSON can hold in that field; the names are spelled out because loops over names are slow here. */
type Unchecked = { readonly [field in keyof HubSpotEvent]: unknown };

function wrongField(event: Unchecked | null | undefined): string | undefined {
  if (typeof event !== "object" || event === null) return "";
  // Required: what tells events apart and leads to the record.
  if (!isId(event.portalId)) return ".portalId";
  if (!isId(event.objectId) && !(isAbsent(event.objectId) && isId(event.fromObjectId))) return ".objectId";
  if (typeof event.eventId !== "number") return ".eventId";
  if (!isId(event.occurredAt)) return ".occurredAt";
  if (!isText(event.subscriptionType)) return ".subscriptionType";
  // Optional, but of one kind where they come.
  if (!isNumberOrAbsent(event.subscriptionId)) return ".subscriptionId";
  if (!isNumberOrAbsent(event.appId)) return ".appId";
  if (!isNumberOrAbsent(event.attemptNumber)) return ".attemptNumber";
  if (!isTextOrAbsent(event.objectTypeId)) return ".objectTypeId";
  if (!isTextOrAbsent(event.changeSource)) return ".changeSource";
  if (!isTextOrAbsent(event.sourceId)) return ".sourceId";
  if (!isTextOrAbsent(event.changeFlag)) return ".changeFlag";
  if (!isTextOrAbsent(event.propertyName)) return ".propertyName";
  if (!isTextOrAbsent(event.propertyValue)) return ".propertyValue";
  if (!isIdOrAbsent(event.primaryObjectId)) return ".primaryObjectId";
  if (!isIdsOrAbsent(event.mergedObjectIds)) return ".mergedObjectIds";
  if (!isIdOrAbsent(event.newObjectId)) return ".newObjectId";
  if (!isTextOrAbsent(event.associationType)) return ".associationType";
  if (!isIdOrAbsent(event.fromObjectId)) return ".fromObjectId";
  if (!isIdOrAbsent(event.toObjectId)) return ".toObjectId";
  if (!isFlagOrAbsent(event.associationRemoved)) return ".associationRemoved";
  if (!isFlagOrAbsent(event.isPrimaryAssociation)) return ".isPrimaryAssociation";
  return undefined;
}

function isId(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isIdOrAbsent(value: unknown): boolean {
  return isAbsent(value) || isId(value);
}

function isIdsOrAbsent(value: unknown): boolean {
  return isAbsent(value) || (Array.isArray(value) && value.every(isId));
}

function isNumberOrAbsent(value: unknown): boolean {
  return isAbsent(value) || typeof value === "number";
}

function isTextOrAbsent(value: unknown): boolean {
  return isAbsent(value) || typeof value === "string";
}

function isFlagOrAbsent(value: unknown): boolean {
  return isAbsent(value) || typeof value === "boolean";
}

function invalid(path: string): ValidationError {
  return new ValidationError(`The delivery's ${path} is not as HubSpot documents it: answer 400.`, {
    path,
    reason: "not as documented",
  });
}
