import type { CustomerKind } from "../define/customer.ts";
import type { SegmentFilter } from "../segments/filter.ts";
import type { Company, EndUser } from "./customer-store.ts";
import type { Lease } from "./lease-store.ts";
import type { NewNotification } from "./notification-store.ts";

/** A saved filter: who fits it, now and as things change. */
export interface Segment {
  readonly orgId: string;
  readonly id: string;
  readonly name: string;
  readonly kind: CustomerKind;
  readonly filter: SegmentFilter;
  /** Whether somebody who starts to fit is told of as `segment_match`. */
  readonly announce: boolean;
  /** Grows with each change of the kind or the filter. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A filter that was checked, and the time that it is asked at. */
export interface SegmentQuery {
  readonly kind: CustomerKind;
  readonly filter: SegmentFilter;
  readonly now: Date;
}

/** Somebody started to fit a segment. `entry` counts how often they did. */
export interface SegmentEntry {
  readonly segmentId: string;
  readonly kind: CustomerKind;
  readonly customerId: string;
  readonly entry: number;
  readonly enteredAt: Date;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly domain: string | undefined;
  /** The person's. */
  readonly company: string | undefined;
}

/**
 * Segments, and who is in them. Filters are evaluated in the store; their meaning is `fits` of core's segments. What takes
 * a lease is fenced by the org's `standing` lease.
 */
export interface SegmentStore {
  /** Stores a segment; its revision is one more than before if kind or filter differ. Wakes the `standing` work. */
  upsert(segment: Omit<Segment, "revision" | "createdAt">): Promise<Segment>;
  get(orgId: string, id: string): Promise<Segment | undefined>;
  /** By name, then id. */
  list(orgId: string): Promise<readonly Segment[]>;
  /** False: there was none. */
  delete(orgId: string, id: string): Promise<boolean>;
  count(orgId: string, query: SegmentQuery): Promise<number>;
  /** By id, after that one. */
  customers(
    orgId: string,
    query: SegmentQuery,
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly (EndUser | Company)[]>;
  /** Those of `ids` that fit. */
  matching(orgId: string, query: SegmentQuery, ids: readonly string[]): Promise<readonly string[]>;

  /**
   * Brings the members of a segment in line with who fits now, in one transaction: all of them, or those of `only` and the
   * people of `only`'s companies. Members of an older revision, and of a segment never filled, are replaced without an
   * entry: then it was the filter that changed. Nothing happens if the segment is of another revision, or gone.
   */
  refresh(
    lease: Lease,
    segment: Pick<Segment, "id" | "revision">,
    query: SegmentQuery,
    only: readonly string[] | undefined,
  ): Promise<{ readonly entered: number; readonly left: number }>;
  /** Whether the members are of the segment's revision. */
  filled(lease: Lease): Promise<ReadonlySet<string>>;
  members(orgId: string, id: string): Promise<number>;
  /** Entries that nobody was told of, oldest first. */
  entries(lease: Lease, limit: number): Promise<readonly SegmentEntry[]>;
  /** Raises notifications and forgets the entries that they tell of, in one transaction. */
  tell(
    lease: Lease,
    entries: readonly Pick<SegmentEntry, "segmentId" | "customerId" | "entry">[],
    notifications: readonly NewNotification[],
    at: Date,
  ): Promise<void>;
}
