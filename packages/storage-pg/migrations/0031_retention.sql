-- What calls did goes after its time, with its lines: the beginning of an org's chain, never a line from amid it.

-- The last line that went. The chain goes on from its hash.
create table audit_bases (
  org_id text collate "C" not null check (org_id <> ''),
  seq bigint not null,
  hash text collate "C" not null,
  primary key (org_id)
);
grant select on audit_bases to {{app}};

-- The application can delete no line; it may ask for this, which never touches what is younger than 400 days, and notes in
-- the chain what went. Lines go up to the first that has to stay: a younger one, or one of a call that is under way or ended
-- later. At most `most` lines; returns how many went.
create function prune_audit(org text, wanted timestamptz, most integer) returns integer
language plpgsql security definer set search_path = {{schema}}, pg_catalog, pg_temp as $$
declare
  cutoff timestamptz := least(wanted, clock_timestamp() - interval '400 days');
  base bigint;
  upto bigint;
  sealed text;
  calls text[];
begin
  -- Whoever writes a line waits until this is over; a statement of its own, so that the next ones see what they wrote.
  perform from audit_heads where org_id = org for update;
  select coalesce(max(b.seq), 0) into base from audit_bases b where b.org_id = org;
  select l.chain_seq - 1 into upto
  from action_audit l left join action_calls c on c.org_id = org and c.id = l.call_id
  where l.org_id = org and l.chain_seq > base and (l.at >= cutoff or c.state in ('proposed', 'approved', 'executing')
    or coalesce(c.ended_at, c.created_at) >= cutoff)
  order by l.chain_seq limit 1;
  if upto is null then
    select h.seq into upto from audit_heads h where h.org_id = org;
  end if;
  upto := least(upto, base + most);
  if upto is null or upto <= base then
    return 0;
  end if;
  select l.chain_hash into sealed from action_audit l where l.org_id = org and l.chain_seq = upto;
  -- A chain that misses a line is left as it is: somebody has to look at it.
  if sealed is null then
    return 0;
  end if;
  insert into audit_bases as b (org_id, seq, hash) values (org, upto, sealed)
  on conflict (org_id) do update set seq = excluded.seq, hash = excluded.hash;
  calls := array(
    select distinct l.call_id from action_audit l
    where l.org_id = org and l.chain_seq > base and l.chain_seq <= upto
      and not exists (select from action_audit o where o.org_id = org and o.call_id = l.call_id and o.chain_seq > upto));
  delete from approval_decisions d where d.org_id = org and d.approval_id = any(calls);
  delete from approvals a where a.org_id = org and a.id = any(calls);
  delete from action_calls c where c.org_id = org and c.id = any(calls);
  delete from action_audit l where l.org_id = org and l.chain_seq > base and l.chain_seq <= upto;
  insert into action_audit (org_id, call_id, seq, from_state, to_state, actor_kind, actor_id, at, note)
  select org, 'retention', coalesce(max(o.seq), 0) + 1, null, 'pruned', 'engine', 'retention', clock_timestamp(),
    'up to ' || upto || ', ' || sealed
  from action_audit o where o.org_id = org and o.call_id = 'retention';
  return (upto - base)::integer;
end $$;
revoke all on function prune_audit(text, timestamptz, integer) from public;
grant execute on function prune_audit(text, timestamptz, integer) to {{app}};
