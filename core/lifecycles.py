"""The four tables of moves: ORDER, PAYMENT, REFUND, SHIPMENT. The table is the truth; `merx lifecycle` prints it.

A row reads: name, by whom, from, to, only if these named guards hold, because. Guards are functions of the same name
in `services/guards.py`. Where several rows of one name and actor start in one state, the first whose guards hold is
taken, so the special case stands above the general one.
"""

from core.contracts.order import NODES
from core.machine import RESUME, Machine, Move

PENDING, PAID, AWAITING, SHIPPED, RECEIVED, COMPLETED, CLOSED, REFUNDING, REFUNDED = NODES

# fmt: off
ORDER = Machine(
    "order",
    states=NODES,
    start=PENDING,
    resumes={REFUNDING: (PAID, AWAITING, SHIPPED, RECEIVED, COMPLETED)},
    moves=[
        # -- placing and paying
        Move("place",           "buyer",        None,     PENDING,  (),                                                                  "the buyer checks out"),
        Move("place",           "staff",        None,     PENDING,  (),                                                                  "staff order on behalf of a customer"),
        Move("settle_nothing",  "system",       PENDING,  PAID,     ("nothing_payable",),                                                "nothing is left to pay"),
        Move("pay",             "buyer",        PENDING,  PENDING,  ("money_missing",),                                                  "the buyer starts a payment, or another one"),
        Move("pay",             "payment",      PENDING,  PAID,     ("all_instalments_paid",),                                           "the last missing money has arrived"),
        Move("pay_part",        "payment",      PENDING,  PENDING,  ("some_instalment_paid",),                                           "an instalment has arrived, another is still due"),
        Move("confirm_offline", "staff",        PENDING,  PENDING,  ("money_missing",),                                                  "the merchant has seen the money on their own account"),
        Move("reprice",         "staff",        PENDING,  PENDING,  ("nothing_paid", "no_live_attempt"),                                 "staff change goods or freight by hand"),
        Move("edit_receiver",   "staff",        PENDING,  PENDING,  ("something_is_sent",),                                              "staff correct the receiver"),
        Move("edit_receiver",   "staff",        PAID,     PAID,     ("something_is_sent",),                                              "staff correct the receiver"),
        Move("edit_receiver",   "staff",        AWAITING, AWAITING, ("something_is_sent", "nothing_shipped"),                            "staff correct the receiver before anything is sent"),
        Move("edit_receiver",   "buyer",        PENDING,  PENDING,  ("something_is_sent", "buyer_may_edit_receiver"),                    "the buyer corrects the receiver, where the merchant lets them"),
        Move("edit_receiver",   "buyer",        PAID,     PAID,     ("something_is_sent", "buyer_may_edit_receiver"),                    "the buyer corrects the receiver, where the merchant lets them"),
        Move("edit_receiver",   "buyer",        AWAITING, AWAITING, ("something_is_sent", "buyer_may_edit_receiver", "nothing_shipped"), "the buyer corrects the receiver before anything is sent"),
        Move("remind",          "clock:remind", PENDING,  PENDING,  (),                                                                  "the order is still unpaid; the buyer is reminded"),
        # -- closing unpaid
        Move("cancel",  "buyer",     PENDING, CLOSED, ("nothing_paid", "no_live_attempt"),                           "the buyer changed their mind before paying"),
        Move("forfeit", "buyer",     PENDING, CLOSED, ("some_instalment_paid", "not_paid_whole", "no_live_attempt"), "the buyer gives up an order of which an instalment is paid, and what is kept of it"),
        Move("close",   "staff",     PENDING, CLOSED, ("not_paid_whole", "no_live_attempt"),                         "the merchant cannot or will not sell"),
        Move("expire",  "clock:pay", PENDING, CLOSED, ("not_paid_whole", "no_live_attempt"),                         "the time to pay is over; the goods are free again"),
        Move("revive",  "payment",   CLOSED,  PAID,   ("revived",),                                                  "money came late, the merchant wants it so, and the goods were still there"),
        # -- the waiting room
        Move("hold",    "staff",  PAID,     PAID,      ("not_risk_held",),                                                "staff keep the order back"),
        Move("free",    "staff",  PAID,     PAID,      ("risk_held",),                                                    "staff found nothing wrong; the hold is gone"),
        Move("release", "system", PAID,     AWAITING,  ("nothing_holds",),                                                "nothing holds it back: the warehouse may start"),
        Move("reject",  "staff",  PAID,     REFUNDING, ("refund_covers_all",),                                            "the merchant cannot supply; everything goes back"),
        Move("cancel",  "buyer",  PAID,     REFUNDING, ("buyer_may_cancel_paid", "nothing_shipped", "refund_covers_all"), "the buyer changed their mind before anything was sent"),
        Move("cancel",  "buyer",  AWAITING, REFUNDING, ("buyer_may_cancel_paid", "nothing_shipped", "refund_covers_all"), "the buyer changed their mind before anything was sent"),
        # -- sending
        Move("ship",               "staff",  AWAITING, SHIPPED,  ("nothing_left_to_ship",),                     "the last parcel is handed to its courier"),
        Move("ship",               "staff",  AWAITING, AWAITING, (),                                            "a parcel is handed to its courier, more will follow"),
        Move("hand_over",          "staff",  AWAITING, SHIPPED,  ("nothing_left_to_ship",),                     "the last goods are handed over without a courier"),
        Move("hand_over",          "staff",  AWAITING, AWAITING, (),                                            "goods are handed over without a courier, more will follow"),
        Move("ship_rest_refunded", "system", AWAITING, SHIPPED,  ("something_shipped", "nothing_left_to_ship"), "what was not sent has been given back"),
        Move("fix_tracking",       "staff",  AWAITING, AWAITING, ("something_shipped",),                        "a parcel's number was wrong"),
        Move("fix_tracking",       "staff",  SHIPPED,  SHIPPED,  (),                                            "a parcel's number was wrong"),
        # -- receiving
        Move("receive",          "buyer",                  SHIPPED,  RECEIVED,  ("no_open_refund",),                           "the buyer says it is here"),
        Move("receive",          "staff",                  SHIPPED,  RECEIVED,  ("no_open_refund",),                           "staff know it is there"),
        Move("receive",          "system",                 SHIPPED,  RECEIVED,  ("every_shipment_received", "no_open_refund"), "each of its shipments is confirmed"),
        Move("confirm",          "clock:confirm",          SHIPPED,  RECEIVED,  ("no_open_refund",),                           "the time to confirm is over and nobody complained"),
        Move("receive_shipment", "buyer",                  SHIPPED,  SHIPPED,   ("no_open_refund",),                           "the buyer says one of the shipments is here"),
        Move("receive_shipment", "staff",                  SHIPPED,  SHIPPED,   ("no_open_refund",),                           "staff know one of the shipments is there"),
        Move("extend",           "buyer",                  SHIPPED,  SHIPPED,   ("not_extended", "waiting_for_confirmation"),  "the buyer needs more time to receive, once"),
        Move("extend",           "staff",                  SHIPPED,  SHIPPED,   ("waiting_for_confirmation",),                 "staff give more time to receive"),
        Move("remind",           "staff",                  SHIPPED,  SHIPPED,   (),                                            "the buyer is asked to confirm"),
        Move("remind",           "clock:confirm_reminder", SHIPPED,  SHIPPED,   (),                                            "the buyer is told that the time to confirm ends soon"),
        Move("complete",         "system",                 RECEIVED, COMPLETED, ("settles_at_once", "no_open_refund"),         "the merchant waits for nothing after receipt"),
        Move("complete",         "clock:settle",           RECEIVED, COMPLETED, ("no_open_refund",),                           "the days to settle are over"),
        # -- giving back
        Move("refund",          "staff",  PAID,      REFUNDING, ("refund_covers_all",),       "staff give everything back"),
        Move("refund",          "staff",  AWAITING,  REFUNDING, ("refund_covers_all",),       "staff give everything back"),
        Move("refund",          "staff",  SHIPPED,   REFUNDING, ("refund_covers_all",),       "staff give everything back that is left"),
        Move("refund",          "staff",  RECEIVED,  REFUNDING, ("refund_covers_all",),       "staff give everything back that is left"),
        Move("refund",          "staff",  COMPLETED, REFUNDING, ("refund_covers_all",),       "staff give everything back that is left"),
        Move("refund",          "staff",  PAID,      PAID,      (),                           "staff give a part back; the rest goes its way"),
        Move("refund",          "staff",  AWAITING,  AWAITING,  (),                           "staff give a part back; the rest goes its way"),
        Move("refund",          "staff",  SHIPPED,   SHIPPED,   (),                           "staff give a part back; the rest goes its way"),
        Move("refund",          "staff",  RECEIVED,  RECEIVED,  (),                           "staff give a part back; the rest goes its way"),
        Move("refund",          "staff",  COMPLETED, COMPLETED, (),                           "staff give a part back; the rest goes its way"),
        Move("withdraw_refund", "staff",  REFUNDING, RESUME,    ("refund_can_be_withdrawn",), "the refund is taken back; the order goes on where it was"),
        Move("withdraw_refund", "staff",  PAID,      PAID,      ("a_refund_not_begun",),      "the refund of a part is taken back"),
        Move("withdraw_refund", "staff",  AWAITING,  AWAITING,  ("a_refund_not_begun",),      "the refund of a part is taken back"),
        Move("withdraw_refund", "staff",  SHIPPED,   SHIPPED,   ("a_refund_not_begun",),      "the refund of a part is taken back"),
        Move("withdraw_refund", "staff",  RECEIVED,  RECEIVED,  ("a_refund_not_begun",),      "the refund of a part is taken back"),
        Move("withdraw_refund", "staff",  COMPLETED, COMPLETED, ("a_refund_not_begun",),      "the refund of a part is taken back"),
        Move("refund_done",     "refund", REFUNDING, REFUNDED,  ("all_given_back",),          "nothing is left to give back"),
        Move("refund_done",     "refund", REFUNDING, RESUME,    ("no_open_refund",),          "the refund ended and something remains"),
        Move("refund_failed",   "refund", REFUNDING, REFUNDING, (),                           "the channel could not give it back; it is tried again under the same number"),
        # -- out of sight
        Move("hide", "buyer", CLOSED,    CLOSED,    (), "the buyer does not want to see it any more"),
        Move("hide", "buyer", COMPLETED, COMPLETED, (), "the buyer does not want to see it any more"),
        Move("hide", "buyer", REFUNDED,  REFUNDED,  (), "the buyer does not want to see it any more"),
    ],
)

PAYMENT = Machine(
    "payment",
    states=("created", "open", "unsure", "closing", "settled", "failed", "closed"),
    start="created",
    resumes={},
    moves=[
        Move("create",     "buyer",   None,      "created", (), "written before the channel hears of it"),
        Move("create",     "staff",   None,      "created", (), "written before the channel hears of it"),
        Move("create",     "system",  None,      "created", (), "the payment of nothing, when nothing is payable"),
        Move("hold",       "system",  None,      "open",    (), "a tender set it aside for the order"),
        Move("release",    "system",  "open",    "closed",  ("held_by_tender",), "what a tender set aside is free again"),
        Move("open",       "system",  "created", "open",    (), "the channel took it and waits for the payer"),
        Move("lose_sight", "system",  "created", "unsure",  (), "the channel was reached, its answer was not: ask before trying again"),
        Move("open",       "system",  "unsure",  "open",    (), "asked again: it waits for the payer"),
        Move("fail",       "system",  "created", "failed",  (), "the channel did not take it"),
        Move("fail",       "system",  "open",    "failed",  (), "the channel says it cannot be paid any more"),
        Move("fail",       "system",  "unsure",  "failed",  (), "asked again: it never got there"),
        Move("close",      "system",  "created", "closing", (), "about to be closed at the channel"),
        Move("close",      "system",  "open",    "closing", (), "about to be closed at the channel"),
        Move("close",      "system",  "unsure",  "closing", (), "about to be closed at the channel"),
        Move("closed",     "system",  "closing", "closed",  (), "the channel will take no more money for it"),
        Move("reopen",     "system",  "closing", "open",    (), "the channel could not close it"),
        Move("settle",     "payment", "created", "settled", (), "money is a fact, whatever we thought"),
        Move("settle",     "payment", "open",    "settled", (), "the money is there"),
        Move("settle",     "payment", "unsure",  "settled", (), "the money is there"),
        Move("settle",     "payment", "closing", "settled", (), "the money was faster than our closing"),
        Move("settle",     "payment", "failed",  "settled", (), "money is a fact, whatever we thought"),
        Move("settle",     "payment", "closed",  "settled", (), "money is a fact, whatever we thought"),
    ],
)

REFUND = Machine(
    "refund",
    states=("planned", "waiting", "sending", "pending", "unsure", "done", "failed", "withdrawn"),
    start="planned",
    resumes={},
    moves=[
        Move("plan",       "staff",  None,      "planned",   (),                   "decided; the channel has not heard of it"),
        Move("plan",       "buyer",  None,      "planned",   (),                   "decided by the rules; the channel has not heard of it"),
        Move("plan",       "system", None,      "planned",   (),                   "decided by the rules; the channel has not heard of it"),
        Move("wait",       "system", "planned", "waiting",   (),                   "something must happen first"),
        Move("send",       "system", "planned", "sending",   (),                   "about to be asked of the channel"),
        Move("send",       "system", "waiting", "sending",   (),                   "about to be asked of the channel"),
        Move("send",       "system", "failed",  "sending",   (),                   "asked again under the same number"),
        Move("accept",     "system", "sending", "pending",   (),                   "the channel took it; the money is on its way"),
        Move("lose_sight", "system", "sending", "unsure",    (),                   "the channel was reached, its answer was not: ask before trying again"),
        Move("accept",     "system", "unsure",  "pending",   (),                   "asked again: it is on its way"),
        Move("send",       "system", "unsure",  "sending",   (),                   "asked again: it never got there"),
        Move("fail",       "system", "sending", "failed",    (),                   "the channel said no"),
        Move("fail",       "system", "pending", "failed",    (),                   "the money could not be delivered"),
        Move("fail",       "system", "unsure",  "failed",    (),                   "asked again: the channel said no"),
        Move("fail",       "system", "done",    "failed",    (),                   "the money came back after it had been delivered"),
        Move("finish",     "refund", "sending", "done",      (),                   "the money is with the buyer"),
        Move("finish",     "refund", "pending", "done",      (),                   "the money is with the buyer"),
        Move("finish",     "refund", "unsure",  "done",      (),                   "asked again: the money is with the buyer"),
        Move("finish",     "refund", "failed",  "done",      (),                   "given back by hand, or found delivered after all"),
        Move("replace",    "system", "failed",  "withdrawn", (),                   "the channel closed its number and nothing moved; another part takes its place"),
        Move("withdraw",   "staff",  "planned", "withdrawn", (),                   "taken back before the channel heard of it"),
        Move("withdraw",   "staff",  "waiting", "withdrawn", (),                   "taken back before the channel heard of it"),
        Move("withdraw",   "staff",  "pending", "withdrawn", ("offline_channel",), "taken back before anybody made the transfer by hand"),
    ],
)

SHIPMENT = Machine(
    "shipment",
    states=("waiting", "part_shipped", "shipped", "received", "cancelled"),
    start="waiting",
    resumes={},
    moves=[
        Move("make",    "system", None,           "waiting",      (),                     "the warehouse is told what to send"),
        Move("ship",    "staff",  "waiting",      "shipped",      ("shipment_complete",), "all of it is sent"),
        Move("ship",    "staff",  "waiting",      "part_shipped", (),                     "a first parcel is sent"),
        Move("ship",    "staff",  "part_shipped", "shipped",      ("shipment_complete",), "the last parcel is sent"),
        Move("ship",    "staff",  "part_shipped", "part_shipped", (),                     "another parcel is sent"),
        Move("shrink",  "system", "waiting",      "cancelled",    ("shipment_empty",),    "all of it is given back unsent"),
        Move("shrink",  "system", "part_shipped", "shipped",      ("shipment_complete",), "what was not sent is given back"),
        Move("shrink",  "system", "waiting",      "waiting",      (),                     "a part of it is given back unsent"),
        Move("shrink",  "system", "part_shipped", "part_shipped", (),                     "a part of it is given back unsent"),
        Move("receive", "buyer",  "shipped",      "received",     (),                     "the buyer says it is here"),
        Move("receive", "staff",  "shipped",      "received",     (),                     "staff know it is there"),
        Move("receive", "system", "shipped",      "received",     (),                     "the whole order is confirmed"),
        Move("cancel",  "system", "waiting",      "cancelled",    (),                     "the order is given back whole"),
        Move("reallocate", "system", "waiting",   "waiting",      (),                     "another warehouse sends it"),
        Move("pass_on", "system", "waiting",      "cancelled",    ("shipment_empty",),    "all of it goes with another shipment"),
        Move("pass_on", "system", "waiting",      "waiting",      (),                     "a part of it goes with another shipment"),
    ],
)
# fmt: on

MACHINES = {machine.name: machine for machine in (ORDER, PAYMENT, REFUND, SHIPMENT)}
