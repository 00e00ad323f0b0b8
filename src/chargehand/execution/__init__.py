"""What is carried out: cleared actions become orders, sent once through the system that owns the work."""
