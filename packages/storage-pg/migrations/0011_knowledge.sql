-- Knowledge: documents, their chunks, the postings of the lexical leg. Vectors have a table per embedding space
-- (src/knowledge/space.ts).

create table documents (
  org_id text collate "C" not null,
  id text collate "C" not null,
  source_key text collate "C" not null,
  connection_id text collate "C",
  stream text collate "C",
  external_id text collate "C",
  kind text not null,
  title text not null,
  -- As it stands at the vendor; cleared once indexed.
  body text,
  -- Cleaned: what the chunks' offsets point into, in UTF-16 units.
  text text,
  format text not null,
  audience text not null check (audience in ('internal', 'shareable')),
  -- The record is about somebody, known to us or not (yet): never general knowledge.
  about_somebody boolean not null,
  occurred_at timestamptz,
  url text,
  author text,
  hash text not null,
  revision integer not null default 1,
  status text collate "C" not null check (status in ('pending', 'indexed', 'failed')),
  priority smallint not null default 0,
  queued_at timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  reason text,
  cleaner_version text,
  indexed_at timestamptz,
  primary key (org_id, id)
);
create unique index documents_record on documents (org_id, connection_id, stream, external_id);
create index documents_source on documents (org_id, source_key);
create index documents_queue on documents (org_id, status, priority desc, (coalesce(occurred_at, queued_at)) desc);
create index documents_general on documents (org_id, id) where audience = 'shareable' and not about_somebody;

create table chunks (
  org_id text collate "C" not null,
  id bigint not null,
  document_id text collate "C" not null,
  index integer not null,
  start integer not null,
  "end" integer not null,
  hash text collate "C" not null,
  length integer not null,
  primary key (org_id, id)
);
create index chunks_document on chunks (org_id, document_id);
create index chunks_hash on chunks (org_id, hash);
create sequence chunk_ids;

-- An inverted index in segments, one for each batch that was indexed; small ones are folded into greater ones.
-- An entry is chunk id << 24 | term frequency (≤ 255) << 16 | chunk length in terms (≤ 65,535).
create table posting_segments (
  org_id text collate "C" not null,
  id bigint not null,
  level smallint not null,
  -- Negative for a segment that only counts what was removed.
  chunks integer not null,
  length bigint not null,
  primary key (org_id, id)
);

create table postings (
  org_id text collate "C" not null,
  term text collate "C" not null,
  segment bigint not null,
  -- How many entries there are, for the term's document frequency.
  size integer not null,
  entries bigint[] not null,
  primary key (org_id, term, segment)
);
-- Not compressed: reading is what counts, and packed entries compress badly.
alter table postings alter column entries set storage external;
create index postings_segment on postings (org_id, segment);

-- Joins the entries of segments, which array_agg cannot for arrays of different lengths.
create aggregate entries_concat(bigint[]) (sfunc = array_cat, stype = bigint[], initcond = '{}');

create table deletion_receipts (
  org_id text collate "C" not null,
  id text collate "C" not null,
  at timestamptz not null,
  reason text not null,
  documents integer not null,
  chunks integer not null,
  vectors integer not null,
  distilled integer not null default 0,
  source_keys text[] not null,
  primary key (org_id, id)
);

alter table documents enable row level security;
alter table documents force row level security;
create policy tenant on documents using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on documents to {{app}};
grant select on documents to {{reader}};
alter table chunks enable row level security;
alter table chunks force row level security;
create policy tenant on chunks using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on chunks to {{app}};
grant select on chunks to {{reader}};
alter table posting_segments enable row level security;
alter table posting_segments force row level security;
create policy tenant on posting_segments using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on posting_segments to {{app}};
grant select on posting_segments to {{reader}};
alter table postings enable row level security;
alter table postings force row level security;
create policy tenant on postings using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on postings to {{app}};
grant select on postings to {{reader}};
alter table deletion_receipts enable row level security;
alter table deletion_receipts force row level security;
create policy tenant on deletion_receipts using (org_id = (select current_setting('halo.org', true)));
grant select, insert on deletion_receipts to {{app}};
grant select on deletion_receipts to {{reader}};
grant usage on sequence chunk_ids to {{app}};
