"""The states of a contact, strongest first (contract section 6), and what they mean for its allowance."""

STRONGEST_FIRST = ("opted_out", "accepted", "refused", "considering", "not_reached", "not_shown", "failed", "delivered")

# Nothing reached the customer: the allowance comes back. Everything else, silence included, keeps it.
GIVES_ALLOWANCE_BACK = ("not_reached", "not_shown", "failed")

# While there is no outcome, or delivery alone.
NO_RESPONSE = "no_response"

# After these the same wave goes out again at once.
OFFERED_AGAIN = ("considering", *GIVES_ALLOWANCE_BACK)

# Answers that end the recommending of a product on every channel.
FINAL_ANSWERS = ("opted_out", "accepted", "refused")

# Answers of a customer; one moment has one of them.
EXCLUDING = (("accepted",), ("opted_out", "refused"), ("considering",))

# Classes of received rows that report on an issued contact: together they make its state.
USABLE_CLASSES = ("accepted_as_new", "late_but_used", "superseded", "duplicate")
