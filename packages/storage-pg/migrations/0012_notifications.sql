-- The outbox of notifications: written with the page that they tell of, sent afterwards. The same key tells once.
create table notifications (
  org_id text collate "C" not null,
  type text collate "C" not null,
  key text collate "C" not null,
  connection_id text collate "C" not null,
  event jsonb not null,
  status text not null default 'pending' check (status in ('pending', 'sent', 'dead')),
  created_at timestamptz not null,
  primary key (org_id, type, key)
);

alter table notifications enable row level security;
alter table notifications force row level security;
create policy tenant on notifications using (org_id = (select current_setting('halo.org', true)));
grant select, insert, update, delete on notifications to {{app}};
grant select on notifications to {{reader}};
