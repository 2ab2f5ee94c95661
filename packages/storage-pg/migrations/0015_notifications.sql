-- The outbox tells of more than records, waits to be routed instead of sent, and gives up its events after a while; the
-- keys stay.
alter table notifications drop column status;
alter table notifications alter column connection_id drop not null;
alter table notifications alter column event drop not null;
alter table notifications add column subscription_id text collate "C";
alter table notifications add column routed_at timestamptz;
create index notifications_unrouted on notifications (org_id, created_at) where routed_at is null;
create index notifications_newest on notifications (org_id, created_at);

-- Who is told of what, where.
create table notification_subscriptions (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  type text collate "C" not null,
  sink text collate "C" not null,
  connection_id text collate "C",
  target text collate "C" not null,
  enabled boolean not null,
  filter jsonb,
  cool_down_ms bigint not null,
  schedule jsonb,
  digested_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);
-- A target may be a URL that whoever knows it can write to.
grant select (org_id, id, type, sink, connection_id, enabled, filter, cool_down_ms, schedule, digested_at, created_at,
  updated_at) on notification_subscriptions to {{reader}};

-- One notification for one subscription.
create table notification_deliveries (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  type text collate "C" not null,
  key text collate "C" not null,
  subscription_id text collate "C" not null,
  sink text collate "C" not null,
  connection_id text collate "C",
  source_connection_id text collate "C",
  target text collate "C" not null,
  subject text collate "C" not null,
  event jsonb not null,
  -- Of the same subject, kept back by a cool-down before this one.
  held integer not null,
  status text collate "C" not null check (status in ('pending', 'sending', 'sent', 'suppressed', 'dead')),
  attempts integer not null default 0,
  attempted_at timestamptz,
  next_attempt_at timestamptz,
  ref text,
  reason text,
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (org_id, id)
);
create index notification_deliveries_open on notification_deliveries (org_id, sink, target, created_at, id)
  where status in ('pending', 'sending');
create index notification_deliveries_newest on notification_deliveries (org_id, created_at, id);
create index notification_deliveries_subject on notification_deliveries (org_id, subscription_id, subject, created_at);
create index notification_deliveries_attempted on notification_deliveries (org_id, attempted_at)
  where attempted_at is not null;
grant select (org_id, id, type, key, subscription_id, sink, connection_id, source_connection_id, subject, event, held,
  status, attempts, attempted_at, next_attempt_at, ref, reason, created_at, settled_at)
  on notification_deliveries to {{reader}};

-- Questions that found nothing; those of one `gap_id` are one question in several words, and the first gives it its id.
create table knowledge_gaps (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  query text not null,
  terms text[] not null,
  agent_id text collate "C",
  asked_at timestamptz not null,
  gap_id text collate "C",
  -- Of the first question only.
  raised_at timestamptz,
  primary key (org_id, id)
);
create index knowledge_gaps_ungrouped on knowledge_gaps (org_id, asked_at) where gap_id is null;
create index knowledge_gaps_newest on knowledge_gaps (org_id, asked_at);
