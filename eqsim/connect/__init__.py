"""Who is connected to whom: connectors, and conversions between forms of connectivity."""
