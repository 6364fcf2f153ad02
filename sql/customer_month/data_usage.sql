-- One row is a customer and a month: data delivered in the night. Days are bits of a mask, so that a late row of a known day counts the day once.
select
  customer_id,
  trunc(usage_date, 'MM') as month,
  sum(bytes) as data_bytes,
  coalesce(sum(bytes) filter (where app_class = 'video'), 0) as data_bytes_video,
  coalesce(sum(bytes) filter (where app_class = 'music'), 0) as data_bytes_music,
  coalesce(sum(bytes) filter (where app_class = 'social'), 0) as data_bytes_social,
  coalesce(sum(bytes) filter (where app_class = 'game'), 0) as data_bytes_game,
  coalesce(sum(bytes) filter (where app_class = 'reading'), 0) as data_bytes_reading,
  coalesce(sum(bytes) filter (where app_class = 'finance'), 0) as data_bytes_finance,
  coalesce(sum(bytes) filter (where app_class = 'shopping'), 0) as data_bytes_shopping,
  coalesce(sum(bytes) filter (where app_class = 'web'), 0) as data_bytes_web,
  coalesce(sum(bytes) filter (where app_class = 'other'), 0) as data_bytes_other,
  coalesce(sum(bytes) filter (where network = '2g'), 0) as data_bytes_2g,
  coalesce(sum(bytes) filter (where network = '3g'), 0) as data_bytes_3g,
  coalesce(sum(bytes) filter (where network = '4g'), 0) as data_bytes_4g,
  coalesce(sum(bytes) filter (where network = '5g'), 0) as data_bytes_5g,
  coalesce(sum(bytes) filter (where band = 'busy'), 0) as data_bytes_busy,
  coalesce(sum(bytes) filter (where band = 'idle'), 0) as data_bytes_idle,
  sum(outside_plan_bytes) as data_bytes_outside_plan,
  sum(roaming_bytes) as data_bytes_roaming,
  bit_or(shiftleft(1L, day(usage_date) - 1)) as used_days_mask,
  coalesce(bit_or(shiftleft(1L, day(usage_date) - 1)) filter (where roaming_bytes > 0), 0) as roaming_days_mask
from data_usage
group by customer_id, trunc(usage_date, 'MM')
