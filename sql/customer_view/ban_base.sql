-- One row is a customer with a ban in force on business_date: by the register, the special lists, or set by the loop on an earlier night.
select
  customer_id,
  bool_or(level = 'system') as system_banned,
  bool_or(level = 'channel' and channel in ('sms', 'mms')) as texts_banned,
  bool_or(level = 'channel' and channel = 'call') as calls_banned,
  count(distinct if(level = 'channel', channel, null)) as channels,
  count(distinct if(level = 'product', product, null)) as products
from (
  select customer_id, level, product, channel, start_date, end_date from do_not_disturb_register
  union all
  select customer_id, level, product, channel, start_date, end_date from past_do_not_disturb
  union all
  select customer_id, 'system', null, null, since, null from special_list
) as ban
where start_date <= :business_date and coalesce(end_date >= :business_date, true)
group by customer_id
