-- One row is a customer: what it holds on business_date. `since` maps each product in force to its first day.
-- Rows are laid out by customer before they are counted: both countings then find theirs at hand, where Spark would sort and shuffle for each.
select
  held.customer_id,
  held.main_plan,
  held.main_plan_since,
  held.main_plan_ordered_by,
  held.plan_fee_fen,
  plan.brand as plan_brand,
  plan.minutes as plan_minutes,
  plan.megabytes as plan_megabytes,
  plan.messages as plan_messages,
  held.monthly_fees_fen,
  held.since,
  held.services,
  held.service_fees_fen,
  held.contract_type,
  held.contract_until,
  held.contracts,
  held.unchangeable_type,
  held.ended_90_days
from (
  select
    customer_id,
    max_by(product, struct(first_on, product)) filter (where runs and role = 'main_plan') as main_plan,
    max_by(first_on, struct(first_on, product)) filter (where runs and role = 'main_plan') as main_plan_since,
    max_by(ordered_by, struct(first_on, product)) filter (where runs and role = 'main_plan') as main_plan_ordered_by,
    max_by(fee_fen, struct(first_on, product)) filter (where runs and role = 'main_plan') as plan_fee_fen,
    sum(fee_fen) filter (where runs) as monthly_fees_fen,
    map_from_entries(array_sort(collect_list(struct(product, first_on)) filter (where runs and role <> 'main_plan'))) as since,
    count(*) filter (where runs and role = 'service') as services,
    sum(fee_fen) filter (where runs and role = 'service') as service_fees_fen,
    max_by(contract_type, struct(contract_until, product)) filter (where bound) as contract_type,
    max(contract_until) filter (where bound) as contract_until,
    count(*) filter (where bound) as contracts,
    max_by(contract_type, struct(contract_until, product)) filter (where bound and contract_type in ('agreement', 'fine_number', 'group', 'zero_down')) as unchangeable_type,
    sum(ended_90_days) as ended_90_days
  from (
    select
      customer_id,
      product,
      if(role = 'main_plan', 'main_plan', 'product') as part,
      max_by(role, struct(runs, started_on)) as role,
      bool_or(runs) as runs,
      bool_or(runs and contract_until >= :business_date) as bound,
      min(started_on) filter (where runs) as first_on,
      max_by(ordered_by, started_on) filter (where runs) as ordered_by,
      max_by(monthly_fee_fen, started_on) filter (where runs) as fee_fen,
      max_by(contract_type, struct(contract_until, started_on)) filter (where runs and contract_until >= :business_date) as contract_type,
      max(contract_until) filter (where runs and contract_until >= :business_date) as contract_until,
      count(*) filter (where ended_on between date_sub(:business_date, 90) and date_sub(:business_date, 1)) as ended_90_days
    from (select /*+ repartition(customer_id) */ *, started_on <= :business_date and coalesce(ended_on >= :business_date, true) as runs from subscription) as holding
    group by customer_id, product, if(role = 'main_plan', 'main_plan', 'product')
  ) as by_product
  group by customer_id
) as held
left join plan_catalogue as plan on plan.plan = held.main_plan
