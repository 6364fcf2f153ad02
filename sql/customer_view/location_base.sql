-- One row is a customer: where it was seen last month and this month. Roaming has no area of the province and counts only in totals.
-- Among equals the first area by code wins: min over (-amount, area).
-- Rows are laid out by customer before they are counted: both countings then find theirs at hand, where Spark would sort and shuffle for each.
select
  customer_id,
  sum(seen) as seen,
  sum(seen_roaming) as seen_roaming,
  sum(seen_night) as seen_night,
  sum(voice_seconds) as voice_seconds,
  sum(bytes) as bytes,
  count(*) filter (where area <> 'roaming' and seen > 0) as areas_seen,
  min(struct(-seen_night as amount, area)) filter (where area <> 'roaming' and seen_night > 0).area as area_night,
  min(struct(-seen_morning as amount, area)) filter (where area <> 'roaming' and seen_morning > 0).area as area_morning,
  min(struct(-seen_afternoon as amount, area)) filter (where area <> 'roaming' and seen_afternoon > 0).area as area_afternoon,
  min(struct(-seen_evening as amount, area)) filter (where area <> 'roaming' and seen_evening > 0).area as area_evening,
  min(struct(-seen_night - seen_evening as amount, area, voice_seconds, bytes)) filter (where area <> 'roaming' and seen_night + seen_evening > 0).area as home_area,
  min(struct(-seen_night - seen_evening as amount, area, voice_seconds, bytes)) filter (where area <> 'roaming' and seen_night + seen_evening > 0).voice_seconds as voice_seconds_home_area,
  min(struct(-seen_night - seen_evening as amount, area, voice_seconds, bytes)) filter (where area <> 'roaming' and seen_night + seen_evening > 0).bytes as bytes_home_area,
  min(struct(-seen_morning - seen_afternoon as amount, area, voice_seconds, bytes)) filter (where area <> 'roaming' and seen_morning + seen_afternoon > 0).area as work_area,
  min(struct(-seen_morning - seen_afternoon as amount, area, voice_seconds, bytes)) filter (where area <> 'roaming' and seen_morning + seen_afternoon > 0).voice_seconds as voice_seconds_work_area,
  min(struct(-seen_morning - seen_afternoon as amount, area, voice_seconds, bytes)) filter (where area <> 'roaming' and seen_morning + seen_afternoon > 0).bytes as bytes_work_area,
  min(struct(-seen as amount, area)) filter (where area <> 'roaming' and seen > 0).area as most_seen_area,
  max(seen) filter (where area <> 'roaming') as seen_most_seen_area,
  min(struct(-voice_seconds as amount, area)) filter (where voice_seconds > 0).area as voice_top_area,
  max(voice_seconds) as voice_seconds_top_area,
  min(struct(-bytes as amount, area)) filter (where bytes > 0).area as data_top_area,
  max(bytes) as bytes_top_area
from (
  select
    customer_id,
    substring_index(place, ':', -1) as area,
    sum(done.seen) as seen,
    sum(if(place like '%:roaming', done.seen, 0)) as seen_roaming,
    sum(if(place like 'night:%', done.seen, 0)) as seen_night,
    sum(if(place like 'morning:%', done.seen, 0)) as seen_morning,
    sum(if(place like 'afternoon:%', done.seen, 0)) as seen_afternoon,
    sum(if(place like 'evening:%', done.seen, 0)) as seen_evening,
    sum(done.voice_seconds) as voice_seconds,
    sum(done.bytes) as bytes
  from (
    select customer_id, explode(places) as (place, done) from (select /*+ repartition(customer_id) */ customer_id, places from month) as month
    union all
    select customer_id, explode(places) as (place, done) from (select /*+ repartition(customer_id) */ customer_id, places from half_year) as half_year
  ) as by_place
  group by customer_id, substring_index(place, ':', -1)
) as by_area
group by customer_id
