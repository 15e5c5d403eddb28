"""The words that the whole plugin shares: its own name, its two kinds of account, and the books it posts to."""

#: the plugin, and the source of what it posts
NAME = "balance_points"
#: the tenders, and the kinds of account behind them
BALANCE = "balance"
POINTS = "points"
#: the way into checkout that fills a balance, and the kind of its orders
RECHARGE = "recharge"

#: what customers have as balance, free to spend
BALANCES = f"tender:{BALANCE}"
#: what of it is set aside for orders
HELD_BALANCES = f"held:{BALANCE}"
#: what buyers have paid
ORDERS = "orders"
#: what the shop gave away
MARKETING = "marketing"
#: what people paid out themselves
BY_HAND = "by_hand"
#: what staff put right
ADJUSTED = "adjusted_balance"

#: what another way to pay is called that turns into balance only by paying it in: none of them pays a recharge
KEPT_FOR_CUSTOMERS = (BALANCE, POINTS, "stored_value")
