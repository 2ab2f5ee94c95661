-- Found by the claims that name them instead: whoever has an address has a claim that says so.
drop index customer_identities_customer;

-- What waits, or gave up: what is indexed is looked for in other ways, and need not be moved here again and again.
drop index documents_queue;
create index documents_queue on documents (org_id, status, priority desc, (coalesce(occurred_at, queued_at)) desc)
  where status <> 'indexed';

-- Led by the org, it passed for a way to look up a record's claim: in a table that was empty when a plan was made, it
-- costs the same as the primary key, and the plan that was kept read all claims of the org for each of a page's links.
drop index customer_claims_customer;
create index customer_claims_customer on customer_claims (customer_id, org_id);
