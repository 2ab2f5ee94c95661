import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import type { NewNotification } from "../ports/notification-store.ts";
import type { Segment, SegmentEntry } from "../ports/segment-store.ts";
import type { Slice } from "../work/slice.ts";

const batchSize = 200;
const longestName = 300;
const longestEmail = 320;

/** Has everybody who started to fit a segment told of, each entry once. */
export async function tellEntries(
  { events, clock, storage }: Engine,
  { ending, lease, signal }: Slice,
  segments: readonly Segment[],
): Promise<void> {
  const names = new Map(segments.map(({ id, name }) => [id, name]));
  while (!ending() && !signal.aborted) {
    const entries = await storage.segments.entries(lease, batchSize);
    if (entries.length === 0) return;
    const notifications = entries.map((entry) =>
      toNotification(entry, names.get(entry.segmentId) ?? entry.segmentId),
    );
    await storage.segments.tell(lease, entries, notifications, new Date(clock.now()));
    for (const { customerId, kind, segmentId } of entries)
      events.emit("segment.entered", { orgId: lease.orgId, segmentId, kind, customerId });
  }
}

/** The key names the entry, so that the same one is never told twice, and another one of the same customer is. */
function toNotification(entry: SegmentEntry, segment: string): NewNotification {
  const { company, customerId, domain, email, enteredAt, entry: count, kind, name, segmentId } = entry;
  const short = (text: string | undefined) => text?.trim().slice(0, longestName) || undefined;
  const address = email !== undefined && email.length <= longestEmail ? email : undefined;
  const person = { ...(short(name) && { name: short(name) }), ...(address && { email: address }) };
  const organisation = kind === "company" ? (short(name) ?? short(domain)) : short(company);
  const event = {
    segmentId,
    segment: short(segment) ?? segmentId,
    kind,
    customerId,
    ...(kind === "end_user" && Object.keys(person).length > 0 && { customer: person }),
    ...(organisation && { company: organisation }),
    at: enteredAt.toISOString(),
  };
  const key = `${segmentId}:${customerId}:${count}:${enteredAt.getTime()}`;
  return { type: "segment_match", key, connectionId: undefined, event: event as Json };
}
