-- One row is a customer and a month: use of value-added services delivered in the night.
select
  customer_id,
  trunc(usage_date, 'MM') as month,
  sum(times) as value_added_uses,
  coalesce(sum(times) filter (where service = 'ringback_tone'), 0) as ringback_tone_uses,
  coalesce(sum(times) filter (where service = 'mobile_newspaper'), 0) as mobile_newspaper_uses,
  coalesce(sum(times) filter (where service = 'mobile_reading'), 0) as mobile_reading_uses,
  coalesce(sum(times) filter (where service = 'music_club'), 0) as music_club_uses,
  coalesce(sum(times) filter (where service = 'video_member'), 0) as video_member_uses,
  coalesce(sum(times) filter (where service = 'mobile_game'), 0) as mobile_game_uses,
  coalesce(sum(times) filter (where service = 'mms_plan'), 0) as mms_plan_uses,
  coalesce(sum(times) filter (where service = 'mailbox_139'), 0) as mailbox_139_uses,
  coalesce(sum(times) filter (where service = 'fetion'), 0) as fetion_uses,
  coalesce(sum(times) filter (where service = 'mobile_securities'), 0) as mobile_securities_uses,
  coalesce(sum(times) filter (where service = 'secretary_service'), 0) as secretary_service_uses,
  coalesce(sum(times) filter (where service = 'call_back'), 0) as call_back_uses,
  coalesce(sum(times) filter (where service = 'cloud_storage'), 0) as cloud_storage_uses,
  coalesce(sum(times) filter (where content = 'comic'), 0) as content_comic_uses,
  coalesce(sum(times) filter (where content = 'finance'), 0) as content_finance_uses,
  coalesce(sum(times) filter (where content = 'life'), 0) as content_life_uses,
  coalesce(sum(times) filter (where content = 'music'), 0) as content_music_uses,
  coalesce(sum(times) filter (where content = 'news'), 0) as content_news_uses,
  coalesce(sum(times) filter (where content = 'sport'), 0) as content_sport_uses,
  coalesce(sum(times) filter (where action = 'forward'), 0) as value_added_forwards,
  coalesce(sum(times) filter (where action = 'download'), 0) as value_added_downloads,
  coalesce(sum(times) filter (where action = 'gift'), 0) as value_added_gifts
from value_added_usage
group by customer_id, trunc(usage_date, 'MM')
