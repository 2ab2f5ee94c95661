create table connections (
  org_id text not null check (org_id <> ''),
  id text not null,
  integration text not null,
  state text not null check (state in ('connected', 'auth_error', 'disconnected')),
  account_id text not null,
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
alter table connections enable row level security;
alter table connections force row level security;
create policy tenant on connections using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on connections to {{app}};
-- Without the sealed columns.
grant select (org_id, id, integration, state, account_id, account, scopes, modes, settings, auth_error, blocked_until,
  last_synced_at, next_sync_at, generation, notices, created_at, updated_at) on connections to {{reader}};

-- OAuth attempts that wait for their callback; single use.
create table oauth_attempts (
  org_id text not null check (org_id <> ''),
  nonce_hash text not null,
  expires_at timestamptz not null,
  primary key (org_id, nonce_hash)
);
alter table oauth_attempts enable row level security;
alter table oauth_attempts force row level security;
create policy tenant on oauth_attempts using (org_id = (select current_setting('halo.org', true)));
grant select, insert, delete on oauth_attempts to {{app}};
