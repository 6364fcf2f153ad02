-- One row is a customer and a day with orders. What the system did by itself counts apart: it says nothing about what the customer wants.
select
  customer_id,
  day,
  count(*) filter (where action = 'subscribe' and not by_system) as orders,
  count(*) filter (where action = 'cancel' and not by_system) as cancellations,
  count(*) filter (where action = 'subscribe' and not by_system and kind = 'service') as value_added_orders,
  count(*) filter (where action = 'change' and not by_system) as plan_changes,
  count(*) filter (where action = 'renew' and not by_system) as renewals,
  count(*) filter (where by_system) as mandatory_orders,
  coalesce(sum(amount_fen), 0) as order_amount_fen,
  max(ordered_at) filter (where action = 'change' and not by_system) as last_changed_at,
  max_by(channel, struct(ordered_at, channel)) filter (where action = 'change' and not by_system) as last_change_channel,
  max(ordered_at) filter (where action = 'renew' and not by_system) as last_renewed_at,
  max_by(channel, struct(ordered_at, channel)) filter (where action = 'renew' and not by_system) as last_renewal_channel,
  max(ordered_at) filter (where action = 'subscribe' and not by_system) as last_subscribed_at,
  max_by(product, struct(ordered_at, product)) filter (where action = 'subscribe' and not by_system) as last_subscribed_product,
  max_by(channel, struct(ordered_at, channel)) filter (where action = 'subscribe' and not by_system) as last_order_channel,
  max(ordered_at) filter (where action = 'cancel' and not by_system) as last_cancelled_at,
  max_by(product, struct(ordered_at, product)) filter (where action = 'cancel' and not by_system) as last_cancelled_product,
  max_by(channel, struct(ordered_at, channel)) filter (where action = 'cancel' and not by_system) as last_cancel_channel
from (
  select event.*, catalogue.kind, coalesce(event.mandatory, false) as by_system, to_date(from_utc_timestamp(event.ordered_at, :time_zone)) as day
  from order_event as event
  left join product_catalogue as catalogue on event.product = catalogue.product
) as ordered
group by customer_id, day
