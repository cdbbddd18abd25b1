"""What records: variables over time, events, rates."""
