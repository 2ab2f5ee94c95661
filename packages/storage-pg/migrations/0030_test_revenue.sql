-- What a vendor's test mode says of money counts for a company only while live mode says nothing of it.
alter table revenue_entries add column is_test boolean not null default false;
