-- One row is a customer and a day with visits of halls or e-channels.
select
  customer_id,
  day,
  count(*) filter (where channel = 'hall') as visits_hall,
  count(*) filter (where channel = 'hotline') as visits_hotline,
  count(*) filter (where channel = 'web') as visits_web,
  count(*) filter (where channel = 'palm_hall') as visits_palm_hall,
  count(*) filter (where channel = 'sms_hall') as visits_sms_hall,
  count(*) filter (where channel = 'self_service') as visits_self_service,
  count(*) filter (where not done) as visits_not_done,
  count(*) filter (where channel = 'hall' and business_kind in ('pay', 'query_bill', 'query_balance')) as low_value_hall_visits,
  max(visited_at) as last_visit_at,
  max_by(channel, struct(visited_at, channel)) as last_visit_channel,
  max(visited_at) filter (where business_kind in ('query_bill', 'query_balance')) as last_query_at,
  max_by(channel, struct(visited_at, channel)) filter (where business_kind in ('query_bill', 'query_balance')) as last_query_channel,
  max(visited_at) filter (where business_kind = 'points') as last_points_at,
  max_by(channel, struct(visited_at, channel)) filter (where business_kind = 'points') as last_points_channel,
  max(visited_at) filter (where business_kind = 'sim') as last_sim_at,
  max_by(channel, struct(visited_at, channel)) filter (where business_kind = 'sim') as last_sim_channel
from (select *, to_date(from_utc_timestamp(visited_at, :time_zone)) as day from channel_visit) as visit
group by customer_id, day
