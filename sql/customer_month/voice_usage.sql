-- One row is a customer and a month: calls delivered in the night. Days are bits of a mask, so that a late row of a known day counts the day once.
select
  customer_id,
  trunc(usage_date, 'MM') as month,
  coalesce(sum(calls) filter (where direction = 'out'), 0) as voice_calls_out,
  coalesce(sum(calls) filter (where direction = 'in'), 0) as voice_calls_in,
  coalesce(sum(seconds) filter (where direction = 'out'), 0) as voice_seconds_out,
  coalesce(sum(seconds) filter (where direction = 'in'), 0) as voice_seconds_in,
  coalesce(sum(seconds) filter (where distance = 'local'), 0) as voice_seconds_local,
  coalesce(sum(seconds) filter (where distance = 'long'), 0) as voice_seconds_long,
  coalesce(sum(seconds) filter (where distance = 'roaming'), 0) as voice_seconds_roaming,
  coalesce(sum(seconds) filter (where net = 'on_net'), 0) as voice_seconds_on_net,
  coalesce(sum(seconds) filter (where net = 'competitor'), 0) as voice_seconds_competitor,
  coalesce(sum(seconds) filter (where net = 'fixed'), 0) as voice_seconds_fixed,
  coalesce(sum(seconds) filter (where band = 'busy'), 0) as voice_seconds_busy,
  coalesce(sum(seconds) filter (where band = 'idle'), 0) as voice_seconds_idle,
  sum(competitor_service_calls) as voice_competitor_service_calls,
  sum(forwarded_to_competitor) as voice_forwarded_to_competitor,
  max(usage_date) filter (where competitor_service_calls > 0) as competitor_service_on,
  bit_or(shiftleft(1L, day(usage_date) - 1)) as used_days_mask,
  coalesce(bit_or(shiftleft(1L, day(usage_date) - 1)) filter (where distance = 'roaming'), 0) as roaming_days_mask
from voice_usage
group by customer_id, trunc(usage_date, 'MM')
