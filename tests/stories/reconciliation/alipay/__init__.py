"""Stories of Alipay's bills: the plugin knows the contract only, so they need no word of their own."""
