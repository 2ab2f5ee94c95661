-- The customer spine: who the org's people and companies are, and which record says so.

create table end_users (
  org_id text collate "C" not null,
  id text collate "C" not null,
  email text,
  name text,
  phone text,
  job_title text,
  lifecycle_stage text,
  company_id text collate "C",
  -- Why that company: "association" or "email_domain", and how sure that is, 0 to 1.
  company_reason text,
  company_score real,
  signed_up_at timestamptz,
  custom_fields jsonb not null default '{}',
  context jsonb not null default '{}',
  -- Signs of activity: the host's to set, never touched by a sync.
  first_seen timestamptz,
  last_seen timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);
create index end_users_company on end_users (org_id, company_id) where company_id is not null;

create table companies (
  org_id text collate "C" not null,
  id text collate "C" not null,
  name text,
  domain text,
  industry text,
  employee_count bigint,
  lifecycle_stage text,
  phone text,
  city text,
  country text,
  signed_up_at timestamptz,
  custom_fields jsonb not null default '{}',
  context jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);

-- What one record says of one customer. A person's own word is the claim of connection '' and stream 'manual'.
create table customer_claims (
  org_id text collate "C" not null,
  connection_id text collate "C" not null,
  stream text collate "C" not null,
  external_id text collate "C" not null,
  kind text not null check (kind in ('end_user', 'company')),
  customer_id text collate "C" not null,
  -- The record that this one was merged into at the vendor: then it says nothing, and only leads there.
  alias_of text collate "C",
  rank integer not null,
  source text collate "C" not null,
  source_updated_at timestamptz not null,
  reason text not null,
  score real not null,
  identities text[] not null,
  fields jsonb not null,
  custom jsonb not null,
  primary key (org_id, connection_id, stream, external_id)
);
create index customer_claims_customer on customer_claims (org_id, customer_id);
create index customer_claims_alias on customer_claims (org_id, connection_id, stream, alias_of)
  where alias_of is not null;

-- Addresses (of end users) and registrable domains (of companies).
create table customer_identities (
  org_id text collate "C" not null,
  kind text collate "C" not null check (kind in ('end_user', 'company')),
  value text collate "C" not null,
  customer_id text collate "C" not null,
  primary key (org_id, kind, value)
);
create index customer_identities_customer on customer_identities (org_id, customer_id);

-- Whom a record is about. `target` is what the record names: 'ref:{connection}/{stream}/{key}' or 'id:{address}'.
-- `customer_id` is null until somebody claims the target.
create table record_links (
  org_id text collate "C" not null,
  connection_id text collate "C" not null,
  stream text collate "C" not null,
  external_id text collate "C" not null,
  seq smallint not null,
  kind text collate "C" not null check (kind in ('end_user', 'company')),
  target text collate "C" not null,
  customer_id text collate "C",
  reason text not null,
  score real not null,
  primary key (org_id, connection_id, stream, external_id, seq)
);
create index record_links_customer on record_links (org_id, customer_id) where customer_id is not null;
create index record_links_open on record_links (org_id, kind, target) where customer_id is null;

-- Customers that turned out to be one: merged by the customers' worker, never by a page.
create table customer_merges (
  org_id text collate "C" not null,
  kind text collate "C" not null,
  one text collate "C" not null,
  other text collate "C" not null,
  reason text not null,
  asked_at timestamptz not null,
  primary key (org_id, kind, one, other)
);

alter table end_users enable row level security;
alter table end_users force row level security;
create policy tenant on end_users using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on end_users to {{app}};
grant select on end_users to {{reader}};
alter table companies enable row level security;
alter table companies force row level security;
create policy tenant on companies using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on companies to {{app}};
grant select on companies to {{reader}};
alter table customer_claims enable row level security;
alter table customer_claims force row level security;
create policy tenant on customer_claims using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on customer_claims to {{app}};
grant select on customer_claims to {{reader}};
alter table customer_identities enable row level security;
alter table customer_identities force row level security;
create policy tenant on customer_identities using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on customer_identities to {{app}};
grant select on customer_identities to {{reader}};
alter table record_links enable row level security;
alter table record_links force row level security;
create policy tenant on record_links using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on record_links to {{app}};
grant select on record_links to {{reader}};
alter table customer_merges enable row level security;
alter table customer_merges force row level security;
create policy tenant on customer_merges using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on customer_merges to {{app}};
grant select on customer_merges to {{reader}};
