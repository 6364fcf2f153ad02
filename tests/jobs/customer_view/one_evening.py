"""The tables behind one customer view, by hand: who C1 to C5 are stands in test_customer_view.py."""

INPUTS = {
    "customer": """
        business_date | customer_id | city    | county    | brand  | business_type | status | joined_on  | birth_date | network_type | vip_level | vip_level_last_month | prints_invoice | pay_way         | real_name_checked | home_branch
        2026-11-05    | C1          | anzhou  | anzhou_1  | gotone | personal      | active | 2020-01-15 | 1990-11-08 | 4g           | 2         | 1                    | false          | cash            | true              | anzhou_b1
        2026-11-05    | C2          | anzhou  | anzhou_1  | gotone | personal      | closed | 2020-01-15 |            | 4g           | 0         | 0                    | false          | cash            | true              | anzhou_b1
        2026-11-05    | C3          | xishan  | xishan_2  | easy   | personal      | active | 2026-10-20 | 2000-11-05 | 4g           | 0         |                      | false          | bank_collection | false             | xishan_b1
        2026-11-05    | C4          | dongpu  | dongpu_1  | easy   | machine       | active | 2019-06-05 |            | 2g           | 0         | 0                    | false          | cash            | true              | dongpu_b1
        2026-11-05    | C5          | dongpu  | dongpu_1  | easy   | personal      | active | 2019-06-05 |            | 4g           | 0         | 0                    | false          | cash            | true              | dongpu_b1
        """,
    "identity": """
        customer_id | number      | email     | case
        C1          | 13900000001 | a@b.test  |
        C3          | 13900000003 |           | no e-mail
        """,
    "special_list": """
        customer_id | list  | since      | case
        C3          | staff | 2026-11-05 | from today
        """,
    "subscription": """
        customer_id | product         | role      | started_on | ended_on   | contract_until | contract_type | monthly_fee_fen | ordered_by | case
        C1          | gotone_58       | main_plan | 2024-01-01 |            |                |               | 5800            | hall       |
        C1          | easy_8          | main_plan | 2020-01-15 | 2023-12-31 |                |               | 800             |            | the plan before
        C1          | ringback_tone   | service   | 2026-03-01 |            |                |               | 500             | sms        |
        C1          | music_club      | service   | 2026-01-01 | 2026-11-04 |                |               | 600             |            | ended yesterday
        C1          | video_member    | service   | 2026-01-01 | 2026-11-05 |                |               | 1500            |            | its last day
        C1          | contract_handset | contract | 2025-01-20 |            | 2027-01-20     | zero_down     | 0               |            | bound
        C1          | loyalty_contract | retention | 2025-01-20 |           | 2026-11-04     | agreement     | 0               |            | no longer bound
        """,
    "plan_catalogue": """
        plan      | brand  | fee_fen | minutes | megabytes | messages
        gotone_58 | gotone | 5800    | 300     | 5120      | 100
        """,
    "balance": """
        customer_id | cash_fen | reserve_fen | arrears_fen | arrears_last_month_fen | arrears_since
        C1          | 500      | 300         | 700         | 700                    | 2026-09-01
        """,
    "terminal": """
        customer_id | tac      | first_seen_on | previous_tac | changes_12_months
        C1          | 35000001 | 2026-05-05    | 35000002     | 2
        """,
    "terminal_library": """
        tac      | brand | model | operating_system | smartphone | generation | dual_sim | released_on
        35000001 | B1    | M1    | android          | true       | 5g         | true     | 2025-11-01
        35000002 | B2    | M2    | ios              | true       | 4g         | false    | 2022-01-01
        """,
    "do_not_disturb_register": """
        customer_id | level  | channel | reason | start_date | end_date   | case
        C1          | system |         | asked  | 2025-01-01 | 2026-11-04 | ended yesterday
        """,
    "past_do_not_disturb": """
        customer_id | level   | channel | reason  | source  | start_date | case
        C1          | channel | sms     | opt_out | opt_out | 2026-11-01 | set by the loop
        """,
    "customer_day": """
        business_date | customer_id | day        | visits_hall | visits_hotline | visits_web | visits_palm_hall | visits_sms_hall | visits_self_service | complaints | value_added_orders | last_visit_at        | last_visit_channel | last_cancelled_at    | last_cancel_channel | case
        2026-11-05    | C1          | 2026-11-05 | 1           | 0              | 0          | 0                | 0               | 0                   | 1          | 0                  | 2026-11-05T01:00:00Z | hall               |                      |                     | today
        2026-11-05    | C1          | 2026-10-30 | 0           | 0              | 2          | 0                | 0               | 0                   | 0          | 2                  | 2026-10-30T01:00:00Z | web                | 2026-10-30T01:00:00Z | web                 | first of 7 days, late
        2026-10-29    | C1          | 2026-10-29 | 4           | 0              | 0          | 0                | 0               | 0                   | 0          | 1                  | 2026-10-29T01:00:00Z | hall               | 2026-10-29T01:00:00Z | hotline             | eighth day back
        2026-08-08    | C1          | 2026-08-08 | 8           | 0              | 0          | 0                | 0               | 0                   | 16         | 0                  | 2026-08-08T01:00:00Z | hall               |                      |                     | first of 90 days
        2026-08-07    | C1          | 2026-08-07 | 32          | 0              | 0          | 0                | 0               | 0                   | 32         | 0                  | 2026-08-07T01:00:00Z | hall               |                      |                     | too long ago
        """,
    "past_contact": """
        business_date | contact_id | contact_date | customer_id | channel | product       | case
        2026-11-03    | k1         | 2026-11-04   | C1          | sms     | music_club    | refused
        2026-10-31    | k2         | 2026-11-01   | C1          | call    | ringback_tone | accepted
        2026-10-30    | k3         | 2026-10-31   | C1          | sms     | ringback_tone | nothing known
        """,
    "outcome": """
        contact_id | outcome
        k1         | refused
        k2         | accepted
        """,
    "past_contact_history": """
        customer_id | contacted_on | product      | channel | outcome  | case
        C1          | 2026-08-08   | family_plan  | hall    | accepted | first of 90 days
        C1          | 2026-08-07   | family_plan  | hall    | accepted | too long ago
        """,
    "previous_customer_product_score": """
        business_date | customer_id | product           | probability | case
        2026-11-04    | C1          | mobile_newspaper  | 0.25        |
        2026-11-04    | C1          | video_member      | 0.04        | not held the night before
        2026-11-04    | C1          | birthday_greeting | 0.3         | care is not sold
        2026-11-04    | C1          | cloud_storage     | 0.9         | not on sale yet
        2026-11-04    | C1          | mms_plan          | 0.8         | no longer on sale
        """,
    "product_catalogue": """
        product          | family | kind    | price_fen | sale_from  | sale_to    | case
        cloud_storage    | tools  | service | 1000      | 2026-11-06 |            |
        mms_plan         | text   | service | 1000      |            | 2026-11-04 |
        mobile_newspaper | text   | service | 300       | 2026-11-05 | 2026-11-05 | its first and last day
        """,
    "previous_churn_score": """
        business_date | customer_id | probability
        2026-11-04    | C1          | 0.125
        """,
}
MONTHS = {
    "plan_advice": """
        customer_id | plan_cost_fen | cheapest_plan | cheapest_cost_fen | saving_fen | exclusion
        C1          | 5800          | m_zone_28     | 2800              | 3000       | zero_down
        C3          | 3800          | m_zone_28     | 2800              | 1000       |
        C4          | 3799          | m_zone_28     | 2800              | 999        |
        """,
    "customer_month": """
        business_date | customer_id | month      | data_bytes | data_bytes_music | voice_calls_out | voice_calls_in | voice_seconds_out | voice_seconds_in | messages_sms_out | active_days | used_days_mask | top_ups | paid_fen | competitor_service_on | voice_seconds_roaming | voice_competitor_service_calls
        2026-11-05    | C1          | 2026-11-01 | 6442450944 | 0                | 3               | 1              | 600               | 60               | 4                | 2           | 17             | 2       | 1000     | 2026-11-02 | 0                     | 1
        2026-11-05    | C1          | 2026-10-01 | 999        | 999              | 9               | 9              | 999               | 999              | 9                | 9           | 0              | 9       | 999      | 2026-10-09 | 0                     | 1
        2026-11-05    | C3          | 2026-11-01 | 0          | 0                | 0               | 0              | 0                 | 0                | 0                | 4           | 19             | 0       | 0        |                      | 0                     | 0
        2026-11-05    | C5          | 2026-11-01 | 0          | 0                | 0               | 0              | 0                 | 0                | 0                | 4           | 0              | 0       | 0        |                       | 60                    | 0
        """,
    "customer_half_year": """
        business_date | customer_id | month      | bill_fen | bill_gross_fen | bill_data_fen | bill_fen_average_before | bill_fen_average_3_months | bill_fen_average_6_months | overage_fen_average_3_months | commission_fen | settlement_out_fen | settlement_in_fen | subsidy_fen | data_bytes | data_bytes_music | paid_fen_6_months | voice_seconds_competitor | voice_seconds_out | voice_seconds_in | voice_competitor_service_calls
        2026-11-02    | C1          | 2026-10-01 | 3000     | 4000           | 1000          | 6000                    | 4000                      | 5000                      | 2000                         | 100            | 50                 | 30                | 0           | 5368709120 | 1073741825       | 20000             | 300                      | 900               | 300              | 0
        2026-11-02    | C3          | 2026-09-01 | 9999     | 9999           | 9999          | 9999                    | 9999                      | 9999                      | 9999                         | 9999           | 9999               | 9999              | 9999        | 9999       | 9999             | 9999              | 9999                     | 9999              | 9999             | 0
        2026-11-02    | C5          | 2026-10-01 |          |                |               |                         |                           |                           |                              |                |                    |                   |             |            |                  |                   |                          |                   |                  | 2
        """,
}
PLACES = {
    "night:anzhou_a1": 5,
    "night:anzhou_a2": 5,
    "evening:anzhou_a2": 1,
    "morning:anzhou_a3": 7,
    "night:roaming": 20,
}
