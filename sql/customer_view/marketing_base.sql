-- One row is a customer: its marketing contacts of 90 days and what came of them. `by_channel` maps each channel used to its counts.
select
  customer_id,
  sum(contacts_7_days) as contacts_7_days,
  sum(contacts_30_days) as contacts_30_days,
  sum(contacts_90_days) as contacts_90_days,
  sum(contacts_this_month) as contacts_this_month,
  sum(accepted) as accepted_90_days,
  sum(refused) as refused_90_days,
  sum(considering) as considering_90_days,
  sum(not_reached) as not_reached_90_days,
  sum(opted_out) as opted_out_90_days,
  max(last_contact.contact_date) as last_contact_on,
  max(last_contact).channel as last_channel,
  max(last_contact).product as last_product,
  max(last_contact).outcome as last_outcome,
  max(last_accepted).product as last_accepted_product,
  max(last_refused).product as last_refused_product,
  cast(size(array_distinct(flatten(collect_list(products)))) as bigint) as products_offered_90_days,
  cast(size(array_distinct(flatten(collect_list(products_refused)))) as bigint) as products_refused_90_days,
  min(struct(-accepted as accepted, channel)) filter (where accepted > 0).channel as best_channel,
  map_from_entries(array_sort(collect_list(struct(channel, struct(contacts_7_days, contacts_30_days, contacts_90_days, accepted as accepted_90_days, refused as refused_90_days))))) as by_channel
from (
  select
    customer_id,
    channel,
    count(*) filter (where contact_date > date_sub(:business_date, 7)) as contacts_7_days,
    count(*) filter (where contact_date > date_sub(:business_date, 30)) as contacts_30_days,
    count(*) as contacts_90_days,
    count(*) filter (where contact_date >= trunc(:business_date, 'MM')) as contacts_this_month,
    count(*) filter (where outcome = 'accepted') as accepted,
    count(*) filter (where outcome = 'refused') as refused,
    count(*) filter (where outcome = 'considering') as considering,
    count(*) filter (where outcome = 'not_reached') as not_reached,
    count(*) filter (where outcome = 'opted_out') as opted_out,
    max(struct(contact_date, key, channel, product, outcome)) as last_contact,
    max(struct(contact_date, key, channel, product, outcome)) filter (where outcome = 'accepted') as last_accepted,
    max(struct(contact_date, key, channel, product, outcome)) filter (where outcome = 'refused') as last_refused,
    collect_set(product) as products,
    collect_set(product) filter (where outcome = 'refused') as products_refused
  from marketing_contact
  group by customer_id, channel
) as on_channel
group by customer_id
