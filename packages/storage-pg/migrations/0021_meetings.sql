-- Meetings of every provider. Whom one is about stands in record_links, under its connection, stream and key.
create table meetings (
  org_id text collate "C" not null,
  connection_id text collate "C" not null,
  external_id text collate "C" not null,
  stream text collate "C" not null,
  provider text collate "C" not null,
  title text not null,
  started_at timestamptz,
  ended_at timestamptz,
  duration_seconds integer,
  url text,
  host jsonb,
  participants jsonb not null default '[]',
  updated_at timestamptz not null,
  primary key (org_id, connection_id, external_id)
);
create index meetings_latest on meetings (org_id, started_at desc nulls last, connection_id, external_id);
