-- What was said in a meeting: the one with the same connection and key.
create table meeting_transcripts (
  org_id text collate "C" not null,
  connection_id text collate "C" not null,
  external_id text collate "C" not null,
  stream text collate "C" not null,
  provider text collate "C" not null,
  status text not null check (status in ('available', 'empty', 'pending', 'none', 'unavailable')),
  reason text,
  language text,
  turns jsonb not null default '[]',
  summary text,
  action_items jsonb not null default '[]',
  -- When it first had text.
  available_at timestamptz,
  updated_at timestamptz not null,
  primary key (org_id, connection_id, external_id)
);
create index meeting_transcripts_recent on meeting_transcripts (org_id, connection_id, available_at)
  where available_at is not null;
