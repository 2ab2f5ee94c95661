create table runs (
  org_id text not null check (org_id <> ''),
  id text not null,
  connection_id text not null,
  integration text not null,
  stream text not null,
  sync_id text not null,
  trigger text not null,
  mode text not null,
  status text not null,
  phase text not null default 'pull',
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
alter table runs enable row level security;
alter table runs force row level security;
create policy tenant on runs using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on runs to {{app}};
grant select on runs to {{reader}};

-- Where each shard of a run stands.
create table cursors (
  org_id text not null check (org_id <> ''),
  run_id text not null,
  phase text not null,
  shard_id text not null,
  position integer not null,
  params jsonb,
  expected_pages integer,
  cursor jsonb,
  done boolean not null default false,
  restarts integer not null default 0,
  primary key (org_id, run_id, phase, shard_id)
);
alter table cursors enable row level security;
alter table cursors force row level security;
create policy tenant on cursors using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on cursors to {{app}};
grant select on cursors to {{reader}};

-- Keys that a full resync saw; what is not among them is swept.
create table seen_keys (
  org_id text not null check (org_id <> ''),
  run_id text not null,
  external_id text not null,
  primary key (org_id, run_id, external_id)
);
alter table seen_keys enable row level security;
alter table seen_keys force row level security;
create policy tenant on seen_keys using (org_id = (select current_setting('halo.org', true)));
grant select, insert, delete on seen_keys to {{app}};
grant select on seen_keys to {{reader}};

-- When the last finished run of a stream began, by the vendor's clock.
create table watermarks (
  org_id text not null check (org_id <> ''),
  connection_id text not null,
  stream text not null,
  watermark timestamptz,
  rechecked_at timestamptz,
  primary key (org_id, connection_id, stream)
);
alter table watermarks enable row level security;
alter table watermarks force row level security;
create policy tenant on watermarks using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on watermarks to {{app}};
grant select on watermarks to {{reader}};

create table run_events (
  org_id text not null check (org_id <> ''),
  run_id text not null,
  id bigint generated always as identity,
  at timestamptz not null,
  level text not null,
  message text not null,
  fields jsonb not null default '{}',
  primary key (org_id, run_id, id)
);
alter table run_events enable row level security;
alter table run_events force row level security;
create policy tenant on run_events using (org_id = (select current_setting('halo.org', true)));
grant select, insert, delete on run_events to {{app}};
grant select on run_events to {{reader}};

-- Records that fit no schema, each alone; a later version that fits takes it away.
create table quarantine (
  org_id text not null check (org_id <> ''),
  connection_id text not null,
  stream text not null,
  key text not null,
  reason text not null,
  raw jsonb,
  at timestamptz not null,
  primary key (org_id, connection_id, stream, key)
);
alter table quarantine enable row level security;
alter table quarantine force row level security;
create policy tenant on quarantine using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on quarantine to {{app}};
grant select on quarantine to {{reader}};
