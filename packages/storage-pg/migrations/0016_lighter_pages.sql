-- Found by the claims that name them instead: whoever has an address has a claim that says so.
drop index customer_identities_customer;

-- What waits, or gave up: what is indexed is looked for in other ways, and need not be moved here again and again.
drop index documents_queue;
create index documents_queue on documents (org_id, status, priority desc, (coalesce(occurred_at, queued_at)) desc)
  where status <> 'indexed';
