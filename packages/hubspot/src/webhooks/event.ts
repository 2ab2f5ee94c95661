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
  /** The record's id, always exact: one past 2^53 is refused. */
  readonly objectId: number;
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
  if (!Array.isArray(body)) throw invalid("body", "not a list of events");
  for (let at = 0; at < body.length; at++) requireEvent(body[at], at);
  return body;
}

/** Any value that JSON can hold in that field; the names are spelled out because loops over names are slow here. */
type Unchecked = { readonly [field in keyof HubSpotEvent]: unknown };

function requireEvent(event: Unchecked | null | undefined, at: number): void {
  if (typeof event !== "object" || event === null) throw invalid(`[${at}]`, "not an object");
  // Required: what tells events apart and leads to the record.
  if (!isId(event.portalId)) throw invalid(`[${at}].portalId`, "not an id");
  if (!isId(event.objectId)) throw invalid(`[${at}].objectId`, "not an id");
  if (typeof event.eventId !== "number") throw invalid(`[${at}].eventId`, "not a number");
  if (!isId(event.occurredAt)) throw invalid(`[${at}].occurredAt`, "not a time");
  if (!isText(event.subscriptionType)) throw invalid(`[${at}].subscriptionType`, "not a text");
  // Optional, but of one kind where they come.
  if (!isNumberOrAbsent(event.subscriptionId)) throw invalid(`[${at}].subscriptionId`, "not a number");
  if (!isNumberOrAbsent(event.appId)) throw invalid(`[${at}].appId`, "not a number");
  if (!isNumberOrAbsent(event.attemptNumber)) throw invalid(`[${at}].attemptNumber`, "not a number");
  if (!isTextOrAbsent(event.objectTypeId)) throw invalid(`[${at}].objectTypeId`, "not a text");
  if (!isTextOrAbsent(event.changeSource)) throw invalid(`[${at}].changeSource`, "not a text");
  if (!isTextOrAbsent(event.sourceId)) throw invalid(`[${at}].sourceId`, "not a text");
  if (!isTextOrAbsent(event.changeFlag)) throw invalid(`[${at}].changeFlag`, "not a text");
  if (!isTextOrAbsent(event.propertyName)) throw invalid(`[${at}].propertyName`, "not a text");
  if (!isTextOrAbsent(event.propertyValue)) throw invalid(`[${at}].propertyValue`, "not a text");
  if (!isIdOrAbsent(event.primaryObjectId)) throw invalid(`[${at}].primaryObjectId`, "not an id");
  if (!isIdsOrAbsent(event.mergedObjectIds)) throw invalid(`[${at}].mergedObjectIds`, "not a list of ids");
  if (!isIdOrAbsent(event.newObjectId)) throw invalid(`[${at}].newObjectId`, "not an id");
  if (!isTextOrAbsent(event.associationType)) throw invalid(`[${at}].associationType`, "not a text");
  if (!isIdOrAbsent(event.fromObjectId)) throw invalid(`[${at}].fromObjectId`, "not an id");
  if (!isIdOrAbsent(event.toObjectId)) throw invalid(`[${at}].toObjectId`, "not an id");
  if (!isFlagOrAbsent(event.associationRemoved)) throw invalid(`[${at}].associationRemoved`, "not a flag");
  if (!isFlagOrAbsent(event.isPrimaryAssociation))
    throw invalid(`[${at}].isPrimaryAssociation`, "not a flag");
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

function invalid(path: string, reason: string): ValidationError {
  return new ValidationError(
    `HubSpot's delivery is genuine but ${path} is ${reason}: answer 400 and report it, sending it again will not help.`,
    { path, reason },
  );
}
