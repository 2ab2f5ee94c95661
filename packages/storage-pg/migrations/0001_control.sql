-- What must be read before the org is known: ids, hashes, times and sealed bytes only (src/migrate/control-tables.ts).

-- Which connections an account of a vendor belongs to. A set: several orgs may share an account.
create table routes (
  integration text collate "C" not null,
  account text collate "C" not null,
  org_id text collate "C" not null check (org_id <> ''),
  connection_id text collate "C" not null,
  primary key (integration, connection_id)
);
create index routes_account on routes (integration, account);
create index routes_org on routes (integration, org_id);
create index routes_connection on routes (connection_id);

-- A piece of work is one row: waiting (no holder, due then), or held until its lease runs out (due then).
create table leases (
  kind text collate "C" not null,
  org_id text collate "C" not null check (org_id <> ''),
  subject text collate "C" not null,
  due_at timestamptz,
  -- Asked for while it was held: the earliest time at which it is wanted again.
  woken_at timestamptz,
  fence bigint not null default 0,
  holder text collate "C",
  attempts integer not null default 0,
  primary key (kind, org_id, subject)
);
create index leases_due on leases (due_at);
-- Fences come from here and not from the row, so that they grow even after the row went.
create sequence lease_fences as bigint;

-- The last claim of each org, so that orgs take turns.
create table org_turns (
  org_id text collate "C" primary key check (org_id <> ''),
  fence bigint not null
);

create table schedule_slots (
  key text collate "C" not null,
  due_at timestamptz not null,
  taken_at timestamptz not null default now(),
  primary key (key, due_at)
);

create table unrouted (
  id text collate "C" primary key,
  integration text collate "C" not null,
  account_hash text collate "C" not null,
  event_key text collate "C" not null,
  sealed bytea not null,
  received_at timestamptz not null,
  unique (integration, account_hash, event_key)
);
create index unrouted_received on unrouted (received_at);

-- What the definitions asked for and got.
create table mirror_columns (
  table_name text collate "C" not null,
  column_name text collate "C" not null,
  type text collate "C" not null,
  integration text collate "C" not null,
  stream text collate "C" not null,
  made_at timestamptz not null default now(),
  primary key (table_name, column_name)
);

grant select, insert, update, delete on routes, leases, org_turns, schedule_slots, unrouted to {{app}};
grant select on mirror_columns, migrations to {{app}};
grant usage on sequence lease_fences to {{app}};
