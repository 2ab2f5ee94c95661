-- The same line of the chain, told with fewer expressions: a transaction sets each of them up anew, and that was most of it.
-- Texts of a database in UTF-8 have the length in bytes that `auditHash` of @halo/core counts; in others nothing changes.
do $migration$
begin
  if current_setting('server_encoding') <> 'UTF8' then
    return;
  end if;
  create or replace function chain_audit() returns trigger language plpgsql as $$
  declare
    told text;
  begin
    new.at := date_trunc('milliseconds', new.at);
    told := concat(
      octet_length(new.call_id), ':', new.call_id, length(new.seq::text), ':', new.seq,
      coalesce(octet_length(new.from_state) || ':' || new.from_state, '-'),
      octet_length(new.to_state), ':', new.to_state, octet_length(new.actor_kind), ':', new.actor_kind,
      octet_length(new.actor_id), ':', new.actor_id,
      length((extract(epoch from new.at) * 1000)::bigint::text), ':', (extract(epoch from new.at) * 1000)::bigint,
      coalesce(octet_length(new.note) || ':' || new.note, '-'));
    update audit_heads as h set
      seq = h.seq + 1,
      hash = encode(sha256(convert_to(concat('12:halo.audit.164:', h.hash, octet_length(h.org_id), ':', h.org_id,
        length((h.seq + 1)::text), ':', h.seq + 1, told), 'UTF8')), 'hex')
    where org_id = new.org_id
    returning seq, hash into new.chain_seq, new.chain_hash;
    if found then
      return new;
    end if;
    -- The org's first line, unless another writes it just now.
    insert into audit_heads as h (org_id, seq, hash)
    values (new.org_id, 1, encode(sha256(convert_to(
      concat('12:halo.audit.10:', octet_length(new.org_id), ':', new.org_id, '1:1', told), 'UTF8')), 'hex'))
    on conflict (org_id) do update set
      seq = h.seq + 1,
      hash = encode(sha256(convert_to(concat('12:halo.audit.164:', h.hash, octet_length(h.org_id), ':', h.org_id,
        length((h.seq + 1)::text), ':', h.seq + 1, told), 'UTF8')), 'hex')
    returning seq, hash into new.chain_seq, new.chain_hash;
    return new;
  end $$;
end $migration$;
