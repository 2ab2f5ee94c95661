-- One row per received event; the row itself is the work.
create table deliveries (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  connection_id text collate "C" not null,
  integration text collate "C" not null,
  event_key text collate "C" not null,
  type text collate "C" not null,
  occurred_at timestamptz,
  payload jsonb not null,
  status text collate "C" not null check (status in ('pending', 'done', 'skipped', 'dead')),
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  reason text,
  received_at timestamptz not null,
  settled_at timestamptz,
  primary key (org_id, id),
  -- Effects are keyed by it (I5).
  unique (org_id, connection_id, event_key)
);
create index deliveries_pending on deliveries (org_id, connection_id, received_at, id) where status = 'pending';
-- The one table that admits a set of orgs, for group commit; a JSON array, since an org id may hold any character.
create policy tenant on deliveries using (
  org_id = (select current_setting('halo.org', true))
  or org_id = any ((select array(
    select jsonb_array_elements_text(coalesce(nullif(current_setting('halo.orgs', true), ''), '[]')::jsonb)
  ))::text[])
);
