"""Stories of money by Alipay, over real HTTP between shop, buyer and simulator."""
