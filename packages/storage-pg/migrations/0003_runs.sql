create table runs (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  connection_id text collate "C" not null,
  integration text collate "C" not null,
  stream text collate "C" not null,
  sync_id text collate "C" not null,
  trigger text collate "C" not null,
  mode text collate "C" not null,
  status text collate "C" not null,
  phase text collate "C" not null default 'pull',
  position integer not null,
  options jsonb not null default '{}',
  since timestamptz,
  began_at timestamptz,
  settle_began_at timestamptz,
  -- Counters, moved by page commits.
  read_count bigint not null default 0,
  written_count bigint not null default 0,
  unchanged_count bigint not null default 0,
  deleted_count bigint not null default 0,
  quarantined_count bigint not null default 0,
  page_count bigint not null default 0,
  expected_records bigint,
  error jsonb,
  failures integer not null default 0,
  cancel_requested boolean not null default false,
  generation integer not null,
  -- Phases whose shards are planned, so that a plan of none is remembered too.
  planned_phases text[] not null default '{}',
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  primary key (org_id, id)
);
-- One run per connection and stream at a time, whoever asks.
create unique index runs_unfinished on runs (org_id, connection_id, stream) where status in ('pending', 'running');
create index runs_newest on runs (org_id, connection_id, id desc);
create index runs_sync on runs (org_id, sync_id);

-- Where each shard of a run stands.
create table cursors (
  org_id text collate "C" not null check (org_id <> ''),
  run_id text collate "C" not null,
  phase text collate "C" not null,
  shard_id text collate "C" not null,
  position integer not null,
  params jsonb,
  expected_pages integer,
  cursor jsonb,
  done boolean not null default false,
  restarts integer not null default 0,
  primary key (org_id, run_id, phase, shard_id)
);

-- Keys that a full resync saw; what is not among them is swept.
create table seen_keys (
  org_id text collate "C" not null check (org_id <> ''),
  run_id text collate "C" not null,
  external_id text collate "C" not null,
  primary key (org_id, run_id, external_id)
);

-- When the last finished run of a stream began, by the vendor's clock.
create table watermarks (
  org_id text collate "C" not null check (org_id <> ''),
  connection_id text collate "C" not null,
  stream text collate "C" not null,
  watermark timestamptz,
  rechecked_at timestamptz,
  primary key (org_id, connection_id, stream)
);

create table run_events (
  org_id text collate "C" not null check (org_id <> ''),
  run_id text collate "C" not null,
  id bigint generated always as identity,
  at timestamptz not null,
  level text not null,
  message text not null,
  fields jsonb not null default '{}',
  primary key (org_id, run_id, id)
);

-- Records that fit no schema, each alone; a later version that fits takes it away.
create table quarantine (
  org_id text collate "C" not null check (org_id <> ''),
  connection_id text collate "C" not null,
  stream text collate "C" not null,
  key text collate "C" not null,
  reason text not null,
  raw jsonb,
  at timestamptz not null,
  primary key (org_id, connection_id, stream, key)
);
