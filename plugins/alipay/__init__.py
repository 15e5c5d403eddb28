"""Alipay, gateway v2 with RSA2: page, wap, app and QR codes; for merchants, authorised apps and platforms."""
