-- How customers stand: segments, health, renewals, and who has to be looked at again.

-- Orgs that have a segment or settings. For no other is a change of a customer noted.
create table standing (
  org_id text collate "C" not null check (org_id <> ''),
  -- The slot in which all customers were noted last.
  swept_at timestamptz,
  primary key (org_id)
);

create table customer_changes (
  org_id text collate "C" not null check (org_id <> ''),
  customer_id text collate "C" not null,
  kind text collate "C" not null check (kind in ('end_user', 'company')),
  seq bigint not null,
  primary key (org_id, customer_id)
);
-- Not led by the org: it would pass for the primary key in a table that was empty when a plan was made.
create index customer_changes_oldest on customer_changes (seq, org_id);
create sequence customer_change_seq;
grant usage on sequence customer_change_seq to {{app}};

create table segments (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  name text collate "C" not null,
  kind text collate "C" not null check (kind in ('end_user', 'company')),
  filter jsonb not null,
  announce boolean not null,
  revision integer not null,
  -- The revision that its members are of.
  filled integer,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);

-- Who is, or was, in a segment; a row stays when they leave, for the count of their entries.
create table segment_members (
  org_id text collate "C" not null check (org_id <> ''),
  segment_id text collate "C" not null,
  customer_id text collate "C" not null,
  inside boolean not null,
  entry integer not null,
  entered_at timestamptz not null,
  -- Somebody is to be told of the entry.
  untold boolean not null,
  primary key (org_id, segment_id, customer_id)
);
create index segment_members_untold on segment_members (entered_at, org_id) where untold;
create index segment_members_customer on segment_members (customer_id, org_id);

-- How health and renewals are worked out in an org.
create table customer_settings (
  org_id text collate "C" not null check (org_id <> ''),
  topic text collate "C" not null check (topic in ('health', 'renewals')),
  settings jsonb not null,
  updated_at timestamptz not null,
  primary key (org_id, topic)
);

-- What the host says of a customer, where nothing else tells.
create table customer_signals (
  org_id text collate "C" not null check (org_id <> ''),
  customer_id text collate "C" not null,
  signal text collate "C" not null check (signal in ('activity', 'support', 'sentiment', 'payment')),
  value jsonb not null,
  at timestamptz not null,
  primary key (org_id, customer_id, signal)
);

create table health_scores (
  org_id text collate "C" not null check (org_id <> ''),
  customer_id text collate "C" not null,
  kind text collate "C" not null check (kind in ('end_user', 'company')),
  score integer check (score between 0 and 100),
  tier text collate "C" check (tier in ('critical', 'at_risk', 'neutral', 'healthy')),
  signals jsonb not null,
  reason text collate "C",
  falls integer not null,
  computed_at timestamptz not null,
  primary key (org_id, customer_id)
);

create table health_history (
  org_id text collate "C" not null check (org_id <> ''),
  customer_id text collate "C" not null,
  computed_at timestamptz not null,
  kind text collate "C" not null,
  score integer,
  tier text collate "C",
  signals jsonb not null,
  reason text collate "C",
  falls integer not null,
  primary key (org_id, customer_id, computed_at)
);

create table customer_renewals (
  org_id text collate "C" not null check (org_id <> ''),
  customer_id text collate "C" not null,
  kind text collate "C" not null check (kind in ('end_user', 'company')),
  status text collate "C",
  renewal_date date,
  contract_term text collate "C",
  payment_terms text collate "C",
  on_contract boolean,
  -- By currency.
  monthly_spend jsonb not null,
  -- Where each of these comes from.
  sources jsonb not null,
  computed_at timestamptz not null,
  primary key (org_id, customer_id)
);
