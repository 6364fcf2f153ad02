-- One row is a customer and a month settled.
select customer_id, month, sum(commission_fen) as commission_fen, sum(settlement_out_fen) as settlement_out_fen, sum(settlement_in_fen) as settlement_in_fen, sum(subsidy_fen) as subsidy_fen
from cost_settlement
group by customer_id, month
