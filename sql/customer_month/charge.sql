-- One row is a customer and a month: charges delivered in the night.
select
  customer_id,
  trunc(charge_date, 'MM') as month,
  sum(amount_fen) as charge_fen,
  coalesce(sum(amount_fen) filter (where item = 'rental'), 0) as charge_rental_fen,
  coalesce(sum(amount_fen) filter (where item in ('voice_local', 'voice_long', 'voice_roaming')), 0) as charge_voice_fen,
  coalesce(sum(amount_fen) filter (where item = 'data'), 0) as charge_data_fen,
  coalesce(sum(amount_fen) filter (where item = 'message'), 0) as charge_message_fen,
  coalesce(sum(amount_fen) filter (where item = 'value_added'), 0) as charge_value_added_fen,
  coalesce(sum(amount_fen) filter (where item = 'other'), 0) as charge_other_fen,
  sum(overage_fen) as charge_overage_fen
from charge
group by customer_id, trunc(charge_date, 'MM')
