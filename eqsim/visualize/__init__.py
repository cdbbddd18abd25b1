"""Pictures and animations of results, with axes labelled by their units."""
