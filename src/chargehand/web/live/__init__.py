"""What keeps an open page fresh without moving anything under the reader's hand."""
