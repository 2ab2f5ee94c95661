/**
 * Tables that are read before the org is known, and so have no row security: ids, hashes, times and sealed bytes only.
 * A test compares this list with the catalogue, column by column (T31).
 */
export const controlTables: { readonly [table: string]: readonly string[] } = {
  routes: ["integration", "account", "org_id", "connection_id"],
  leases: ["kind", "org_id", "subject", "due_at", "woken_at", "fence", "holder", "attempts"],
  org_turns: ["org_id", "fence"],
  schedule_slots: ["key", "due_at", "taken_at"],
  unrouted: ["id", "integration", "account_hash", "event_key", "sealed", "received_at"],
  action_stops: ["org_id", "stopped_at", "resumed_at", "by_id"],
  mirror_columns: ["table_name", "column_name", "type", "integration", "stream", "made_at"],
  migrations: ["name", "checksum", "applied_at"],
};
