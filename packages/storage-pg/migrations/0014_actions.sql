-- Personas of the host's product, under the host's own ids.
create table agents (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  name text not null,
  kind text collate "C" not null check (kind in ('customer_facing', 'internal', 'sales', 'help_center')),
  active boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (org_id, id)
);

-- What each may do. No row: not enabled.
create table agent_actions (
  org_id text collate "C" not null check (org_id <> ''),
  agent_id text collate "C" not null,
  integration text collate "C" not null,
  action text collate "C" not null,
  enabled boolean not null,
  config jsonb not null,
  revision integer not null,
  updated_at timestamptz not null,
  primary key (org_id, agent_id, integration, action)
);

-- Where each runs at a vendor. One channel, one agent.
create table agent_channels (
  org_id text collate "C" not null check (org_id <> ''),
  connection_id text collate "C" not null,
  channel text collate "C" not null,
  agent_id text collate "C" not null,
  mapped_at timestamptz not null,
  primary key (org_id, connection_id, channel)
);

-- The ledger of calls. No index holds a column that a transition writes, so that its update stays on the page.
create table action_calls (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  agent_id text collate "C" not null,
  integration text collate "C" not null,
  connection_id text collate "C",
  generation integer,
  action text collate "C" not null,
  version integer not null,
  state text collate "C" not null check (state in ('refused', 'awaiting_consent', 'proposed', 'approved', 'rejected',
    'expired', 'executing', 'succeeded', 'failed', 'outcome_unknown', 'reconciled')),
  idempotency_key text collate "C",
  arguments_hash text collate "C" not null,
  input jsonb not null,
  subject jsonb,
  conversation_id text,
  preview jsonb,
  confirmation_hash text collate "C",
  expires_at timestamptz,
  attempts integer not null,
  output jsonb,
  error jsonb,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  -- Of the last line of its audit.
  audit_seq integer not null default 1,
  primary key (org_id, id)
);
create unique index action_calls_key on action_calls (org_id, idempotency_key) where idempotency_key is not null;
-- Never deleted by the application: what was done stays on record.
grant select, insert, update on action_calls to {{app}};
-- Without the hash of the confirmation.
grant select (org_id, id, agent_id, integration, connection_id, generation, action, version, state, idempotency_key,
  arguments_hash, input, subject, conversation_id, preview, expires_at, attempts, output, error, created_at, started_at,
  ended_at, audit_seq) on action_calls to {{reader}};

-- One line for each step of a call.
create table action_audit (
  org_id text collate "C" not null check (org_id <> ''),
  call_id text collate "C" not null,
  seq integer not null,
  from_state text collate "C",
  to_state text collate "C" not null,
  actor_kind text collate "C" not null check (actor_kind in ('agent', 'user', 'human', 'engine')),
  actor_id text not null,
  at timestamptz not null,
  note text,
  primary key (org_id, call_id, seq)
);
-- Append-only: the application may neither change nor delete a line.
grant select, insert on action_audit to {{app}};
