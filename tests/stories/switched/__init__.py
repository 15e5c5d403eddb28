"""Stories of a buyer who goes from WeChat Pay to Alipay, with balance beside both."""
