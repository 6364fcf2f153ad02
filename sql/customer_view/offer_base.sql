-- One row is a customer: `by_product` maps each product offered in the 90 days that end on business_date to how often, and to the known outcome of the last offer.
select
  customer_id,
  map_from_entries(array_sort(collect_list(struct(product, struct(offers, last_offer.outcome as last_outcome))))) as by_product
from (
  select customer_id, product, count(*) as offers, max(struct(contact_date, key, outcome)) as last_offer
  from marketing_contact
  group by customer_id, product
) as of_product
group by customer_id
