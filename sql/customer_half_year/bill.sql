-- One row is a customer and a month billed.
select
  customer_id,
  bill_month as month,
  sum(amount_fen) - sum(discount_fen) as bill_fen,
  sum(amount_fen) as bill_gross_fen,
  coalesce(sum(amount_fen) filter (where item = 'rental'), 0) as bill_rental_fen,
  coalesce(sum(amount_fen) filter (where item = 'voice_local'), 0) as bill_voice_local_fen,
  coalesce(sum(amount_fen) filter (where item = 'voice_long'), 0) as bill_voice_long_fen,
  coalesce(sum(amount_fen) filter (where item = 'voice_roaming'), 0) as bill_voice_roaming_fen,
  coalesce(sum(amount_fen) filter (where item = 'data'), 0) as bill_data_fen,
  coalesce(sum(amount_fen) filter (where item = 'message'), 0) as bill_message_fen,
  coalesce(sum(amount_fen) filter (where item = 'value_added'), 0) as bill_value_added_fen,
  coalesce(sum(amount_fen) filter (where item = 'other'), 0) as bill_other_fen,
  sum(discount_fen) as bill_discount_fen,
  sum(overage_fen) as bill_overage_fen
from bill
group by customer_id, bill_month
