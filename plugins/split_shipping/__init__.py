"""Split shipping: which warehouse sends what, in as few parcels as can be; and changing it by hand."""
