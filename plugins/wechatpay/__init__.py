"""WeChat Pay, API v3: JSAPI, mini-program, Native, H5 and App, for direct merchants and for partners."""
