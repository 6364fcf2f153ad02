-- One row is a customer and a day with contacts of the service desks.
select
  customer_id,
  day,
  count(*) as service_contacts,
  count(*) filter (where channel = 'hotline') as hotline_contacts,
  coalesce(sum(talk_seconds) filter (where channel = 'hotline'), 0) as hotline_talk_seconds,
  count(*) filter (where kind = 'inquiry') as inquiries,
  count(*) filter (where kind = 'complaint') as complaints,
  count(*) filter (where kind = 'complaint' and topic = 'marketing_disturbance') as marketing_complaints,
  count(*) filter (where kind = 'complaint' and topic in ('network', 'data')) as network_complaints,
  count(*) filter (where kind = 'complaint' and topic in ('bill', 'balance')) as bill_complaints,
  count(*) filter (where solved = false) as unsolved,
  coalesce(sum(wait_seconds), 0) as wait_seconds,
  count(wait_seconds) as waits,
  coalesce(sum(cast(satisfaction as bigint)), 0) as satisfaction_sum,
  count(satisfaction) as satisfaction_replies,
  cast(min(satisfaction) as bigint) as satisfaction_lowest,
  max(happened_at) filter (where kind = 'complaint') as last_complaint_at,
  max_by(channel, struct(happened_at, channel)) filter (where kind = 'complaint') as last_complaint_channel
from (select *, to_date(from_utc_timestamp(happened_at, :time_zone)) as day from service_contact) as service
group by customer_id, day
