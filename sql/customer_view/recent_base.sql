-- One row is a customer: the 7, 30 and 90 days of small sources that end on business_date. A day may stand in several rows, one a delivery.
-- What came last stands apart: it is text, which Spark aggregates by sorting rows, and a sort of these few columns costs far less than one of all.
select
  counted.*,
  latest.last_visit_channel,
  latest.last_query_channel,
  latest.last_complaint_channel,
  latest.last_order_channel,
  latest.last_ordered_product,
  latest.last_cancelled_product,
  latest.last_pay_channel
from (
  select
    customer_id,
    sum(visits) filter (where day > date_sub(:business_date, 7)) as visits_7_days,
    sum(visits) filter (where day > date_sub(:business_date, 30)) as visits_30_days,
    sum(visits) as visits_90_days,
    sum(visits_hall) filter (where day > date_sub(:business_date, 7)) as visits_hall_7_days,
    sum(visits_hall) filter (where day > date_sub(:business_date, 30)) as visits_hall_30_days,
    sum(visits_hall) as visits_hall_90_days,
    sum(visits_hotline) filter (where day > date_sub(:business_date, 7)) as visits_hotline_7_days,
    sum(visits_hotline) filter (where day > date_sub(:business_date, 30)) as visits_hotline_30_days,
    sum(visits_hotline) as visits_hotline_90_days,
    sum(visits_web) filter (where day > date_sub(:business_date, 7)) as visits_web_7_days,
    sum(visits_web) filter (where day > date_sub(:business_date, 30)) as visits_web_30_days,
    sum(visits_web) as visits_web_90_days,
    sum(visits_palm_hall) filter (where day > date_sub(:business_date, 7)) as visits_palm_hall_7_days,
    sum(visits_palm_hall) filter (where day > date_sub(:business_date, 30)) as visits_palm_hall_30_days,
    sum(visits_palm_hall) as visits_palm_hall_90_days,
    sum(visits_sms_hall) filter (where day > date_sub(:business_date, 7)) as visits_sms_hall_7_days,
    sum(visits_sms_hall) filter (where day > date_sub(:business_date, 30)) as visits_sms_hall_30_days,
    sum(visits_sms_hall) as visits_sms_hall_90_days,
    sum(visits_self_service) filter (where day > date_sub(:business_date, 7)) as visits_self_service_7_days,
    sum(visits_self_service) filter (where day > date_sub(:business_date, 30)) as visits_self_service_30_days,
    sum(visits_self_service) as visits_self_service_90_days,
    sum(visits_web + visits_palm_hall + visits_sms_hall + visits_self_service) as e_channel_visits_90_days,
    if(sum(visits) > 0, array_max(array(struct(sum(visits_hall) as visits, -0 as first_of_equals, 'hall' as channel), struct(sum(visits_hotline) as visits, -1 as first_of_equals, 'hotline' as channel), struct(sum(visits_palm_hall) as visits, -2 as first_of_equals, 'palm_hall' as channel), struct(sum(visits_self_service) as visits, -3 as first_of_equals, 'self_service' as channel), struct(sum(visits_sms_hall) as visits, -4 as first_of_equals, 'sms_hall' as channel), struct(sum(visits_web) as visits, -5 as first_of_equals, 'web' as channel))).channel, null) as preferred_visit_channel,
    sum(visits_not_done) as visits_not_done_90_days,
    sum(low_value_hall_visits) as low_value_hall_visits_90_days,
    max(day) filter (where last_visit_at is not null) as last_visit_on,
    sum(service_contacts) filter (where day > date_sub(:business_date, 7)) as service_contacts_7_days,
    sum(service_contacts) filter (where day > date_sub(:business_date, 30)) as service_contacts_30_days,
    sum(service_contacts) as service_contacts_90_days,
    sum(hotline_contacts) filter (where day > date_sub(:business_date, 7)) as hotline_contacts_7_days,
    sum(hotline_contacts) filter (where day > date_sub(:business_date, 30)) as hotline_contacts_30_days,
    sum(hotline_contacts) as hotline_contacts_90_days,
    sum(complaints) filter (where day > date_sub(:business_date, 7)) as complaints_7_days,
    sum(complaints) filter (where day > date_sub(:business_date, 30)) as complaints_30_days,
    sum(complaints) as complaints_90_days,
    max(day) filter (where hotline_contacts > 0) as last_hotline_on,
    sum(hotline_talk_seconds) as hotline_talk_seconds_90_days,
    sum(inquiries) filter (where day > date_sub(:business_date, 30)) as inquiries_30_days,
    max(day) filter (where complaints > 0) as last_complaint_on,
    sum(marketing_complaints) as marketing_complaints_90_days,
    sum(network_complaints) as network_complaints_90_days,
    sum(bill_complaints) as bill_complaints_90_days,
    sum(unsolved) as unsolved_90_days,
    sum(wait_seconds) as wait_seconds_90_days,
    sum(waits) as waits_90_days,
    sum(satisfaction_sum) as satisfaction_sum_90_days,
    sum(satisfaction_replies) as satisfaction_replies_90_days,
    min(satisfaction_lowest) as satisfaction_lowest_90_days,
    sum(orders) filter (where day > date_sub(:business_date, 7)) as orders_7_days,
    sum(orders) filter (where day > date_sub(:business_date, 30)) as orders_30_days,
    sum(orders) as orders_90_days,
    sum(cancellations) filter (where day > date_sub(:business_date, 7)) as cancellations_7_days,
    sum(cancellations) filter (where day > date_sub(:business_date, 30)) as cancellations_30_days,
    sum(cancellations) as cancellations_90_days,
    sum(value_added_orders) as value_added_orders_90_days,
    sum(plan_changes) as plan_changes_90_days,
    sum(renewals) as renewals_90_days,
    sum(mandatory_orders) as mandatory_orders_90_days,
    sum(order_amount_fen) as order_amount_90_days_fen,
    max(day) filter (where last_subscribed_at is not null) as last_ordered_on,
    max(day) filter (where last_cancelled_at is not null) as last_cancelled_on,
    sum(payments) filter (where day > date_sub(:business_date, 30)) as payments_30_days,
    sum(payments) as payments_90_days,
    max(day) filter (where payments > 0) as last_paid_on
  from (
    select *, visits_hall + visits_hotline + visits_web + visits_palm_hall + visits_sms_hall + visits_self_service as visits
    from customer_day
    where business_date > date_sub(:business_date, 90) and day between date_sub(:business_date, 89) and :business_date
  ) as recent_day
  group by customer_id
) as counted
left join (
  select
    customer_id,
    max_by(last_visit_channel, struct(last_visit_at, last_visit_channel)) filter (where last_visit_at is not null) as last_visit_channel,
    max_by(last_query_channel, struct(last_query_at, last_query_channel)) filter (where last_query_at is not null) as last_query_channel,
    max_by(last_complaint_channel, struct(last_complaint_at, last_complaint_channel)) filter (where last_complaint_at is not null) as last_complaint_channel,
    max_by(last_order_channel, struct(last_order_at, last_order_channel)) filter (where last_order_at is not null) as last_order_channel,
    max_by(last_subscribed_product, struct(last_subscribed_at, last_subscribed_product)) filter (where last_subscribed_at is not null) as last_ordered_product,
    max_by(last_cancelled_product, struct(last_cancelled_at, last_cancelled_product)) filter (where last_cancelled_at is not null) as last_cancelled_product,
    max_by(last_pay_channel, struct(last_paid_at, last_pay_channel)) filter (where last_paid_at is not null) as last_pay_channel
  from customer_day
  where business_date > date_sub(:business_date, 90) and day between date_sub(:business_date, 89) and :business_date
  group by customer_id
) as latest on latest.customer_id = counted.customer_id
