-- One row is a customer: the handset on its line, by the terminal library.
select
  terminal.customer_id,
  library.brand,
  library.model,
  library.operating_system,
  library.smartphone,
  library.screen_tenths_inch,
  library.generation,
  library.dual_sim,
  library.released_on,
  library.price_fen,
  terminal.first_seen_on,
  terminal.changes_12_months,
  previous.brand as previous_brand
from terminal
left join terminal_library as library on library.tac = terminal.tac
left join terminal_library as previous on previous.tac = terminal.previous_tac
