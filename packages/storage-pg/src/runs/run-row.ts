import { type Run, type RunChange, ValidationError } from "@halo/core";

export interface RunRow {
  readonly id: string;
  readonly org_id: string;
  readonly connection_id: string;
  readonly integration: string;
  readonly stream: string;
  readonly sync_id: string;
  readonly trigger: Run["trigger"];
  readonly mode: Run["mode"];
  readonly status: Run["status"];
  readonly phase: Run["phase"];
  readonly position: number;
  readonly options: Run["options"];
  readonly since: Date | null;
  readonly began_at: Date | null;
  readonly settle_began_at: Date | null;
  readonly read_count: number;
  readonly written_count: number;
  readonly unchanged_count: number;
  readonly deleted_count: number;
  readonly quarantined_count: number;
  readonly page_count: number;
  readonly expected_records: number | null;
  readonly error: NonNullable<Run["error"]> | null;
  readonly failures: number;
  readonly cancel_requested: boolean;
  readonly generation: number;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

export const runColumns = `id, org_id, connection_id, integration, stream, sync_id, trigger, mode, status, phase, position,
  options, since, began_at, settle_began_at, read_count, written_count, unchanged_count, deleted_count,
  quarantined_count, page_count, expected_records, error, failures, cancel_requested, generation, created_at,
  started_at, finished_at`;

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    orgId: row.org_id,
    connectionId: row.connection_id,
    integration: row.integration,
    stream: row.stream,
    syncId: row.sync_id,
    trigger: row.trigger,
    mode: row.mode,
    status: row.status,
    phase: row.phase,
    position: row.position,
    options: row.options,
    since: row.since ?? undefined,
    beganAt: row.began_at ?? undefined,
    settleBeganAt: row.settle_began_at ?? undefined,
    counters: {
      read: row.read_count,
      written: row.written_count,
      unchanged: row.unchanged_count,
      deleted: row.deleted_count,
      quarantined: row.quarantined_count,
      pages: row.page_count,
    },
    expectedRecords: row.expected_records ?? undefined,
    error: row.error ?? undefined,
    failures: row.failures,
    cancelRequested: row.cancel_requested,
    generation: row.generation,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  };
}

/** Column and type of each field that may change. */
export const runFieldColumns: {
  readonly [field in keyof Required<RunChange>]: readonly [column: string, type: string];
} = {
  status: ["status", "text"],
  phase: ["phase", "text"],
  since: ["since", "timestamptz"],
  beganAt: ["began_at", "timestamptz"],
  settleBeganAt: ["settle_began_at", "timestamptz"],
  expectedRecords: ["expected_records", "bigint"],
  error: ["error", "jsonb"],
  failures: ["failures", "integer"],
  startedAt: ["started_at", "timestamptz"],
  finishedAt: ["finished_at", "timestamptz"],
  cancelRequested: ["cancel_requested", "boolean"],
};

export function noRun(): ValidationError {
  return new ValidationError("The organisation has no such run: list the connection's runs.", {
    code: "not_found",
    path: "runId",
    reason: "unknown",
  });
}
