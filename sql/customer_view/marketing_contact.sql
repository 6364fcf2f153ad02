-- One row is a marketing contact of the 90 days that end on business_date with what is known of its outcome, from the ledger and from the systems before it.
-- Rows are laid out by customer before they are counted: all countings then find theirs at hand, where Spark would sort and shuffle for each.
select /*+ repartition(customer_id) */ issued.customer_id, issued.contact_id as key, issued.contact_date, issued.channel, issued.product, outcome.outcome
from past_contact as issued
left join outcome on outcome.contact_id = issued.contact_id
where issued.contact_date between date_sub(:business_date, 89) and :business_date and issued.business_date >= date_sub(:business_date, 90)
union all
select /*+ repartition(customer_id) */ customer_id, concat(channel, ':', product), contacted_on, channel, product, outcome
from contact_history
where contacted_on between date_sub(:business_date, 89) and :business_date
