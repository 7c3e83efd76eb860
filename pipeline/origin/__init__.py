"""The HTTP origin: published titles for players and CDNs, and pages to look at them."""
