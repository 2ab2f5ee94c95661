import type { CustomerKind, Segment, SegmentFilter } from "@halo/core";

export interface SegmentRow {
  readonly org_id: string;
  readonly id: string;
  readonly name: string;
  readonly kind: CustomerKind;
  readonly filter: SegmentFilter;
  readonly announce: boolean;
  readonly revision: number;
  readonly filled: number | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const segmentColumns = `org_id, id, name, kind, filter, announce, revision, filled, created_at, updated_at`;

export const toSegment = (row: SegmentRow): Segment => ({
  orgId: row.org_id,
  id: row.id,
  name: row.name,
  kind: row.kind,
  filter: row.filter,
  announce: row.announce,
  revision: row.revision,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
