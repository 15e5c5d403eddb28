"""Somebody else's client, python-alipay-sdk, in an interpreter of its own: one job a line in, one answer a line out.

Run by opponents.py with a Python that has it; it imports nothing of ours.
"""

import json
import logging
import sys


def made(settings, notify_url):
    """The SDK's client for an account of the simulator's."""
    from alipay import AliPay, DCAliPay, ISVAliPay

    common = {
        "appid": settings["app_id"],
        "app_notify_url": notify_url,
        "app_private_key_string": settings["private_key"],
    }
    if "app_cert" in settings:
        client = DCAliPay(
            **common,
            app_public_key_cert_string=settings["app_cert"],
            alipay_public_key_cert_string=settings["alipay_cert"],
            alipay_root_cert_string=settings["root_cert"],
        )
    elif settings["mode"] == "isv":
        token = settings["app_auth_token"]
        client = ISVAliPay(**common, alipay_public_key_string=settings["alipay_public_key"], app_auth_token=token)
    else:
        client = AliPay(**common, alipay_public_key_string=settings["alipay_public_key"])
    client._gateway = settings["gateway_url"]
    return client


def done(client, verb, given):
    """What a job comes to."""
    if verb == "verify":
        params = dict(given["params"])
        return client.verify(params, params.pop("sign"))
    return getattr(client, verb)(**given)


def main():
    """Until the input ends."""
    with open(sys.argv[1], encoding="utf-8") as file:
        told = json.load(file)
    client = made(told["settings"], told["notify_url"])
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"said": done(client, job["verb"], job["given"])}
        except Exception as error:
            answer = {"raised": type(error).__name__, "says": str(error)[:500]}
        print(json.dumps(answer), flush=True)


main()
