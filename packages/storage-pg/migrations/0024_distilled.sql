-- What was distilled of documents. The document under `distilled:` stands in `documents`, at its source's place in the
-- stream `distilled:{stream}`, with links of its own that follow the source's.

create table distillations (
  org_id text collate "C" not null,
  document_id text collate "C" not null,
  -- Of text, model and instructions.
  key text not null,
  text_hash text not null,
  status text collate "C" not null check (status in ('waiting', 'done', 'cancelled', 'failed')),
  attempts integer not null default 0,
  failure text,
  next_attempt_at timestamptz,
  -- Of what was distilled last.
  dropped integer not null default 0,
  calls integer not null default 0,
  model text,
  rule_version text,
  distilled_at timestamptz,
  distilled_id text collate "C",
  primary key (org_id, document_id)
);
create index distillations_waiting on distillations (org_id, document_id) where status = 'waiting';
create index distillations_made on distillations (org_id, distilled_id) where distilled_id is not null;

create table insights (
  org_id text collate "C" not null,
  id text collate "C" not null,
  -- The source's.
  document_id text collate "C" not null,
  kind text not null,
  summary text not null,
  quote text not null,
  -- Into the source's cleaned text, in UTF-16 units.
  start integer not null,
  "end" integer not null,
  primary key (org_id, id)
);
create index insights_document on insights (org_id, document_id);
