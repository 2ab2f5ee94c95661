import { hash } from "node:crypto";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import type { NotificationDraft } from "../define/notification.ts";
import type { AnyStream, PullMode } from "../define/stream.ts";
import type { Engine } from "../engine/engine.ts";
import { isHaloError } from "../errors.ts";
import { modeIsOn } from "../gate/modes.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { PageNotification } from "../ports/page-store.ts";
import { parseEvent } from "./event-schemas.ts";
import { sourceGate } from "./type-facts.ts";

/** What a record that turns out to be new tells; undefined for nothing. Never throws. */
export type RecordNotifier = (
  record: unknown,
  refs: unknown,
  recordKey: string,
) => PageNotification | undefined;

const longestKey = 300;

/** Undefined where records of this reading tell nobody: a backfill brings what is old, and the mode may be off. */
export function recordNotifier(
  engine: Engine,
  integration: IntegrationDefinition,
  stream: AnyStream,
  connection: Connection,
  mode: PullMode["kind"],
): RecordNotifier | undefined {
  const { notification } = stream;
  if (!notification || mode === "backfill" || mode === "email_catch_up") return undefined;
  if (!modeIsOn(integration, connection, "notifications")) return undefined;
  return (record, refs, recordKey) => {
    try {
      const draft = notification(record, refs);
      if (!draft) return undefined;
      const event = parseEvent(draft.type, withoutUndefined(draft.event)) as Json;
      return { type: draft.type, key: keyOf(connection, stream, recordKey), event, recordKey };
    } catch (error) {
      // The definition's fault; the record is stored all the same.
      engine.logger.warn("A record's notification was left out", {
        stream: stream.id,
        reason: isHaloError(error)
          ? (error as { readonly path?: string }).path
          : error instanceof Error
            ? error.name
            : "failed",
      });
      return undefined;
    }
  };
}

/**
 * What an event of the vendor's tells, once for each event; `record` is the one that it leads to, whose customer is
 * named. Undefined where it tells nothing, and where the mode that its type needs is off. Never throws.
 */
export function eventNotification(
  engine: Engine,
  integration: IntegrationDefinition,
  connection: Connection,
  draft: NotificationDraft | undefined,
  event: {
    readonly key: string;
    readonly record?: { readonly stream: string; readonly key: string } | undefined;
  },
): PageNotification | undefined {
  if (!draft) return undefined;
  if (sourceGate(draft.type) === "mode" && !modeIsOn(integration, connection, "notifications"))
    return undefined;
  try {
    const parsed = parseEvent(draft.type, withoutUndefined(draft.event)) as Json;
    const { record } = event;
    const about = record ? `${connection.id}:${record.stream}:${record.key}` : connection.id;
    const key = `${about}${EVENT}${event.key}`;
    const short = key.length <= longestKey ? key : `${connection.id}:${hash("sha256", key, "hex")}`;
    return { type: draft.type, key: short, event: parsed };
  } catch (error) {
    engine.logger.warn("An event's notification was left out", {
      integration: integration.id,
      reason: isHaloError(error) ? (error as { readonly path?: string }).path : "failed",
    });
    return undefined;
  }
}

/** Stands between a record and the event that is told of it. */
const EVENT = ":event:";

/** Definitions leave out what a record lacks by giving undefined. */
const withoutUndefined = (event: unknown): unknown => JSON.parse(JSON.stringify(event));

/** The record that a notification's key names; undefined for a host's own key, and for one that had to be hashed. */
export function recordOf(
  connectionId: string | undefined,
  key: string,
): { readonly connectionId: string; readonly stream: string; readonly key: string } | undefined {
  if (connectionId === undefined || !key.startsWith(`${connectionId}:`)) return undefined;
  const rest = key.slice(connectionId.length + 1);
  const end = rest.indexOf(":");
  if (end === -1) return undefined;
  const told = rest.indexOf(EVENT, end);
  return {
    connectionId,
    stream: rest.slice(0, end),
    key: rest.slice(end + 1, told === -1 ? undefined : told),
  };
}

function keyOf(connection: Connection, stream: AnyStream, recordKey: string): string {
  const key = `${connection.id}:${stream.id}:${recordKey}`;
  return key.length <= longestKey ? key : `${connection.id}:${hash("sha256", key, "hex")}`;
}
