"""EPCIS 2.0: events of outside systems in, our movements out, as JSON-LD documents."""
