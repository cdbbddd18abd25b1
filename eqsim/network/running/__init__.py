"""Networks: what is in them, how they run, what is kept, exported, explained."""
