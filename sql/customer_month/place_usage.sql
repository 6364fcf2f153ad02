-- One row is a customer and a month: `places` maps `<band>:<area>` to what was done there, in the order of the keys.
-- Rows are laid out by customer and month before they are counted: both countings then find theirs at hand, where Spark would sort and shuffle for each.
select
  customer_id,
  month,
  map_from_entries(array_sort(collect_list(struct(place, struct(seen, voice_seconds, bytes))))) as places,
  bit_or(roaming_days_mask) as roaming_days_mask
from (
  select
    customer_id,
    month,
    concat(band, ':', area) as place,
    sum(seen) as seen,
    sum(voice_seconds) as voice_seconds,
    sum(bytes) as bytes,
    coalesce(bit_or(shiftleft(1L, day(usage_date) - 1)) filter (where area = 'roaming'), 0) as roaming_days_mask
  from (select /*+ repartition(customer_id, month) */ * from (select *, trunc(usage_date, 'MM') as month from place_usage) as used) as by_month
  group by customer_id, month, concat(band, ':', area)
) as by_place
group by customer_id, month
