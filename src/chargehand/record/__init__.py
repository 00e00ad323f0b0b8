"""What is true: one shared record of stock, orders and equipment, and the journal behind it."""
