-- One row is a customer and a month: messages delivered in the night. On-net and competitor count texts alone, as the old warehouse did.
select
  customer_id,
  trunc(usage_date, 'MM') as month,
  coalesce(sum(messages) filter (where kind = 'sms' and direction = 'out'), 0) as messages_sms_out,
  coalesce(sum(messages) filter (where kind = 'sms' and direction = 'in'), 0) as messages_sms_in,
  coalesce(sum(messages) filter (where kind = 'mms' and direction = 'out'), 0) as messages_mms_out,
  coalesce(sum(messages) filter (where kind = 'mms' and direction = 'in'), 0) as messages_mms_in,
  coalesce(sum(messages) filter (where kind = 'sms' and net = 'on_net'), 0) as messages_on_net,
  coalesce(sum(messages) filter (where kind = 'sms' and net = 'competitor'), 0) as messages_competitor,
  bit_or(shiftleft(1L, day(usage_date) - 1)) as used_days_mask
from message_usage
group by customer_id, trunc(usage_date, 'MM')
