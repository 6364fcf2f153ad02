-- One row is a customer and a day with payments or top-ups.
select
  customer_id,
  day,
  count(*) as payments,
  sum(amount_fen) as paid_fen,
  count(*) filter (where kind = 'top_up') as top_ups,
  coalesce(sum(amount_fen) filter (where kind = 'top_up'), 0) as top_up_fen,
  max(paid_at) as last_paid_at,
  max_by(channel, struct(paid_at, channel)) as last_pay_channel
from (select *, to_date(from_utc_timestamp(paid_at, :time_zone)) as day from payment) as paid
group by customer_id, day
