-- One row is a customer: the customer-product match of the night before, a column a product; null for a product that was held or is not on sale.
select
  customer_id,
  max(probability) filter (where product = 'ringback_tone') as ringback_tone,
  max(probability) filter (where product = 'mobile_newspaper') as mobile_newspaper,
  max(probability) filter (where product = 'mobile_reading') as mobile_reading,
  max(probability) filter (where product = 'music_club') as music_club,
  max(probability) filter (where product = 'video_member') as video_member,
  max(probability) filter (where product = 'mobile_game') as mobile_game,
  max(probability) filter (where product = 'mms_plan') as mms_plan,
  max(probability) filter (where product = 'mailbox_139') as mailbox_139,
  max(probability) filter (where product = 'fetion') as fetion,
  max(probability) filter (where product = 'mobile_securities') as mobile_securities,
  max(probability) filter (where product = 'secretary_service') as secretary_service,
  max(probability) filter (where product = 'call_back') as call_back,
  max(probability) filter (where product = 'cloud_storage') as cloud_storage,
  max(probability) filter (where product = 'data_pack_1g') as data_pack_1g,
  max(probability) filter (where product = 'data_pack_10g') as data_pack_10g,
  max(probability) filter (where product = 'roaming_pack') as roaming_pack,
  max(probability) filter (where product = 'voice_pack') as voice_pack,
  max(probability) filter (where product = 'family_plan') as family_plan,
  max(probability) filter (where product = 'plan_upgrade') as plan_upgrade,
  max(probability) filter (where product = 'plan_advice') as plan_advice,
  max(probability) filter (where product = 'contract_handset') as contract_handset,
  max(probability) filter (where product = 'broadband_bundle') as broadband_bundle,
  max(probability) filter (where product = 'deposit_gift') as deposit_gift,
  max(probability) filter (where product = 'loyalty_contract') as loyalty_contract
from previous_customer_product_score
where product not in (select product from product_catalogue where sale_from > :business_date or sale_to < :business_date)
group by customer_id
