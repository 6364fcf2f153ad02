-- One row is a customer and a month: what the small sources of the night bring to it.
select
  customer_id,
  trunc(day, 'MM') as month,
  sum(visits_hall + visits_hotline + visits_web + visits_palm_hall + visits_sms_hall + visits_self_service) as visits,
  sum(service_contacts) as service_contacts,
  sum(complaints) as complaints,
  sum(orders) as orders,
  sum(cancellations) as cancellations,
  sum(value_added_orders) as value_added_orders,
  sum(payments) as payments,
  sum(paid_fen) as paid_fen,
  sum(top_ups) as top_ups,
  sum(top_up_fen) as top_up_fen
from customer_day
group by customer_id, trunc(day, 'MM')
