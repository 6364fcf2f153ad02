-- One row is a customer: whether identity holds what a channel needs (never the values), and the lists the line is on.
select
  identity.customer_id,
  identity.number is not null as has_number,
  identity.email is not null as has_email,
  identity.postal_address is not null as has_postal_address,
  coalesce(listed.is_staff_or_test, false) as is_staff_or_test,
  coalesce(listed.is_complaint_specialist, false) as is_complaint_specialist,
  coalesce(listed.is_key_customer, false) as is_key_customer
from identity
left join (
  select
    customer_id,
    bool_or(list in ('staff', 'test')) as is_staff_or_test,
    bool_or(list = 'complaint_specialist') as is_complaint_specialist,
    bool_or(list = 'key_customer') as is_key_customer
  from special_list
  group by customer_id
) as listed on listed.customer_id = identity.customer_id
