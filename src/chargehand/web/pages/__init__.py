"""One module per screen: the plant's answer becomes a view model, the view model a page."""
