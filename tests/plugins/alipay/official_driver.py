"""Somebody else's client, the official alipay-sdk-python, in an interpreter of its own: one job a line, one answer.

Run by opponents.py with a Python that has it; it imports nothing of ours. It knows ports 80 and 443 only, so the one
function of it that opens connections is replaced.
"""

import http.client
import json
import logging
import sys
from urllib.parse import urlsplit


def made(settings):
    """The SDK's client for an account of the simulator's."""
    from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
    from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
    from alipay.aop.api.util import WebUtils

    gateway = urlsplit(settings["gateway_url"])

    def connection(url, query_string, timeout):
        return f"{gateway.path}?{query_string}", http.client.HTTPConnection(gateway.netloc, timeout=timeout)

    WebUtils.get_http_connection = connection
    config = AlipayClientConfig()
    config.server_url = f"http://{gateway.hostname}/gateway.do"
    config.app_id = settings["app_id"]
    config.app_private_key = settings["bare_key"]
    config.alipay_public_key = settings["alipay_public_key"]
    return DefaultAlipayClient(config, logging.getLogger("sdk"))


def done(client, verb, given):
    """What a job comes to: *verb* is the name of the SDK's class without its Alipay and Request."""
    import importlib

    if verb == "verify":
        from alipay.aop.api.util.SignatureUtils import verify_with_rsa

        return verify_with_rsa(given["key"], given["text"].encode(), given["sign"])
    name = f"Alipay{verb}Request"
    request = getattr(importlib.import_module(f"alipay.aop.api.request.{name}"), name)()
    request.biz_content = given["biz"]
    if "notify_url" in given:
        request.notify_url = given["notify_url"]
    if given.get("page"):
        return client.page_execute(request, http_method="GET")
    return json.loads(client.execute(request))


def main():
    """Until the input ends."""
    with open(sys.argv[1], encoding="utf-8") as file:
        client = made(json.load(file)["settings"])
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"said": done(client, job["verb"], job["given"])}
        except Exception as error:
            answer = {"raised": type(error).__name__, "says": str(error)[:500]}
        print(json.dumps(answer), flush=True)


main()
