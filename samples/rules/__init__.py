"""What programs stand on: tiers, units, roles, the ladder, and what coupons and passes are."""
