"""What would be best: stock levels and order quantities, computed from distributions."""
