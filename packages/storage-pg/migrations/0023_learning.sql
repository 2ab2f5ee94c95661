-- What an org wants to learn: rules, what was decided by them, and where the look at older documents stands.

-- `judging`: waits for a model's judgement before it is indexed. `skipped`: a rule keeps it out, its text stays unseen.
alter table documents drop constraint documents_status_check;
alter table documents add constraint documents_status_check
  check (status in ('pending', 'indexed', 'failed', 'judging', 'skipped'));
-- The record asks for it to be distilled.
alter table documents add column distil boolean not null default false;
-- There is a document that was distilled of it, which follows it in whom it is for.
alter table documents add column distilled boolean not null default false;

create table learning_rules (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  type text not null check (type in ('topic', 'keyword', 'instruction')),
  text text not null,
  -- Of the source keys that it is for; empty: every source.
  prefix text collate "C" not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);

-- Documents of a prefix that are to be decided about again, from `after` on.
create table learning_walks (
  org_id text collate "C" not null,
  prefix text collate "C" not null,
  token text collate "C" not null,
  after text collate "C",
  primary key (org_id, prefix)
);

create table learning_decisions (
  org_id text collate "C" not null,
  document_id text collate "C" not null,
  revision integer not null,
  outcome text collate "C" not null check (outcome in ('learned', 'skipped', 'waiting')),
  reason text,
  rule_id text,
  rule_version integer,
  note text,
  model text,
  -- By `{rule}@{version}`: what a model said of this revision.
  verdicts jsonb not null default '{}',
  -- Of the rules that it was decided by.
  stamp text not null,
  attempts integer not null default 0,
  failure text,
  next_attempt_at timestamptz,
  at timestamptz not null,
  primary key (org_id, document_id)
);
create index learning_decisions_outcome on learning_decisions (org_id, outcome, document_id) where outcome <> 'learned';

-- Calls and characters that an org has asked of a model, by day (UTC).
create table model_usage (
  org_id text collate "C" not null,
  day date not null,
  calls bigint not null,
  characters bigint not null,
  primary key (org_id, day)
);
