-- What vendors that bill say of a company's money: folded from `revenue_entries`, with the company's other fields.
-- `mrr` and `lifetime_value` are decimals in the main unit by currency in lower case: '{"usd": "49.00"}'.
alter table companies add column billing_customer_id text;
alter table companies add column subscription_status text;
alter table companies add column plan text;
alter table companies add column mrr jsonb not null default '{}';
alter table companies add column lifetime_value jsonb not null default '{}';
alter table companies add column last_payment_at timestamptz;
alter table companies add column delinquent boolean;
alter table companies add column renews_at timestamptz;
alter table companies add column cancels_at timestamptz;
alter table companies add column billing_interval text;

-- One for each record that says something of money. The payer is a record of the same connection: whoever that one is
-- about is whom it counts for.
create table revenue_entries (
  org_id text collate "C" not null,
  connection_id text collate "C" not null,
  stream text collate "C" not null,
  external_id text collate "C" not null,
  payer_stream text collate "C" not null,
  payer_key text collate "C" not null,
  currency text,
  mrr numeric,
  paid numeric,
  paid_at timestamptz,
  status text,
  standing smallint,
  plan text,
  delinquent boolean,
  renews_at timestamptz,
  cancels_at timestamptz,
  billing_interval text,
  primary key (org_id, connection_id, stream, external_id)
);
create index revenue_entries_payer on revenue_entries (org_id, connection_id, payer_stream, payer_key);
