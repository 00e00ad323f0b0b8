"""What is carried out: cleared actions become orders, sent once to whoever owns the work."""
