create table connections (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  integration text collate "C" not null,
  state text collate "C" not null check (state in ('connected', 'auth_error', 'disconnected')),
  account_id text collate "C" not null,
  account jsonb not null,
  -- Each field sealed by itself; null once disconnected.
  credentials jsonb,
  webhook_secret text,
  scopes jsonb,
  modes jsonb not null default '{}',
  settings jsonb not null default '{}',
  auth_error jsonb,
  blocked_until timestamptz,
  last_synced_at timestamptz,
  next_sync_at timestamptz,
  generation integer not null,
  notices jsonb not null default '[]',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  revision integer not null,
  primary key (org_id, id)
);
-- Without the sealed columns.
grant select (org_id, id, integration, state, account_id, account, scopes, modes, settings, auth_error, blocked_until,
  last_synced_at, next_sync_at, generation, notices, created_at, updated_at) on connections to {{reader}};

-- OAuth attempts that wait for their callback; single use.
-- No reader: nothing to see.
create table oauth_attempts (
  org_id text collate "C" not null check (org_id <> ''),
  nonce_hash text collate "C" not null,
  expires_at timestamptz not null,
  primary key (org_id, nonce_hash)
);
revoke all on oauth_attempts from {{reader}};
