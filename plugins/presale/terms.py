"""The names of presale: its entry, its moves, its clocks and what it holds for."""

NAME = "presale"
ENTRY = "presale"

#: a deposit first and the rest later, or all at once
KINDS = ("deposit", "full")
#: what an order waits for: its deposit (or its one payment), the final window, the final; or it is paid, or over
PHASES = ("deposit_due", "waiting", "final_due", "paid", "closed")

#: clocks of an order: the final may be paid, the final is due soon, the goods may leave
OPENS, ENDS, SHIP = "presale.final_opens", "presale.final_ends", "presale.ship"
CLOCKS = (OPENS, ENDS, SHIP)
#: the moves that these clocks make; each leaves the order in its node
MOVE_OPENS, MOVE_ENDS, MOVE_SHIP = "presale_final_opens", "presale_final_ends", "presale_ship"
#: why a paid order waits
SHIP_DATE = "presale.ship_date"

#: reasons for which the merchant, and not the buyer, fails: these owe a compensation, and keep no deposit
FAILURES = ("out_of_stock", "other")
MERCHANTS_REFUNDS = ("rejected", "stock_failure")
#: who bears compensations, in the books
COMPENSATION = "presale:compensation"
