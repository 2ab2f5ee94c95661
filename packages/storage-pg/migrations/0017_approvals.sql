-- What agents propose and people decide; the chain that holds every line of the audit; the switch that stops all actions.

-- The last line of each org's chain.
create table audit_heads (
  org_id text collate "C" not null check (org_id <> ''),
  seq bigint not null,
  hash text collate "C" not null,
  primary key (org_id)
) with (fillfactor = 50);
grant select, insert, update on audit_heads to {{app}};

alter table action_audit add column chain_seq bigint, add column chain_hash text collate "C";
create unique index action_audit_chain on action_audit (org_id, chain_seq);

-- As `auditHash` of @halo/core writes a part: its length in bytes before it. Stable, or it would be called and not inlined.
create function audit_part(value text) returns text language sql stable as
  $$ select case when value is null then '-' else octet_length(convert_to(value, 'UTF8')) || ':' || value end $$;

-- Chains a line as it is written, whoever writes it: one after the other in an org.
create function chain_audit() returns trigger language plpgsql as $$
declare
  told text;
begin
  new.at := date_trunc('milliseconds', new.at);
  told := audit_part(new.call_id) || audit_part(new.seq::text) || audit_part(new.from_state)
    || audit_part(new.to_state) || audit_part(new.actor_kind) || audit_part(new.actor_id)
    || audit_part(((extract(epoch from new.at) * 1000)::bigint)::text) || audit_part(new.note);
  update audit_heads as h set
    seq = h.seq + 1,
    hash = encode(sha256(convert_to(audit_part('halo.audit.1') || audit_part(h.hash) || audit_part(h.org_id)
      || audit_part((h.seq + 1)::text) || told, 'UTF8')), 'hex')
  where org_id = new.org_id
  returning seq, hash into new.chain_seq, new.chain_hash;
  if found then
    return new;
  end if;
  -- The org's first line, unless another writes it just now.
  insert into audit_heads as h (org_id, seq, hash)
  values (new.org_id, 1, encode(sha256(convert_to(
    audit_part('halo.audit.1') || audit_part('') || audit_part(new.org_id) || audit_part('1') || told, 'UTF8')), 'hex'))
  on conflict (org_id) do update set
    seq = h.seq + 1,
    hash = encode(sha256(convert_to(audit_part('halo.audit.1') || audit_part(h.hash) || audit_part(h.org_id)
      || audit_part((h.seq + 1)::text) || told, 'UTF8')), 'hex')
  returning seq, hash into new.chain_seq, new.chain_hash;
  return new;
end $$;
create trigger chain_audit before insert on action_audit for each row execute function chain_audit();

-- A proposal, beside its call, whose id it has. What was shown and hashed is never written again.
create table approvals (
  org_id text collate "C" not null check (org_id <> ''),
  id text collate "C" not null,
  agent_id text collate "C" not null,
  hash text collate "C" not null,
  arguments_hash text collate "C" not null,
  account text not null,
  requested_by text,
  preview jsonb not null,
  amount_minor bigint check (amount_minor > 0),
  currency text collate "C",
  digits integer,
  customer text,
  state jsonb,
  sources jsonb,
  needed integer not null check (needed in (1, 2)),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- Waits to be decided.
  open boolean not null,
  begun_at timestamptz,
  primary key (org_id, id)
);
create index approvals_open on approvals (org_id, agent_id) where open;
create index approvals_same on approvals (org_id, arguments_hash);
create index approvals_begun on approvals (org_id, begun_at) where begun_at is not null;
grant select, insert on approvals to {{app}};
grant update (open, begun_at) on approvals to {{app}};

-- One person's word, once.
create table approval_decisions (
  org_id text collate "C" not null check (org_id <> ''),
  approval_id text collate "C" not null,
  by_id text collate "C" not null,
  kind text collate "C" not null check (kind in ('approve', 'reject')),
  hash text collate "C" not null,
  reason text,
  at timestamptz not null,
  proof text not null,
  -- By the clock here.
  decided_at timestamptz not null default clock_timestamp(),
  primary key (org_id, approval_id, by_id)
);
grant select, insert on approval_decisions to {{app}};

-- Of an org, or of the deployment (an empty org_id).
create table action_stops (
  org_id text collate "C" primary key,
  stopped_at timestamptz not null,
  resumed_at timestamptz,
  by_id text collate "C" not null
);
grant select, insert, update on action_stops to {{app}};

-- Whether actions stand still, as it is committed now: each look has a snapshot of its own. Until this transaction ends, a
-- stop waits for it; who sees a stop waits for nobody.
create function actions_stopped(org text) returns boolean language plpgsql volatile as $$
begin
  if exists (select from action_stops where org_id in ('', org) and resumed_at is null) then
    return true;
  end if;
  perform pg_advisory_xact_lock_shared(hashtextextended('halo.stop:', 0)),
    pg_advisory_xact_lock_shared(hashtextextended('halo.stop:' || org, 0));
  return exists (select from action_stops where org_id in ('', org) and resumed_at is null);
end $$;
