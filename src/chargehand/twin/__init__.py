"""A plant to rehearse on, which speaks to Chargehand through the same doors as real systems."""
