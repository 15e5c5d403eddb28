"""What belongs to the account rather than to an order: the list of platform certificates, and the echo self-test."""

import secrets

from core import now
from plugins.wechatpay.simulator import bodies, crypto
from plugins.wechatpay.simulator.call import Answer, Call
from plugins.wechatpay.simulator.keys import Kept, make_certificate
from plugins.wechatpay.simulator.merchants import Merchant, read_platform_certificate
from plugins.wechatpay.simulator.notices import tell
from plugins.wechatpay.simulator.refusal import Refusal, bad_parameter
from plugins.wechatpay.simulator.world import World, beijing


def certificates(world: World, call: Call, merchant: Merchant) -> Answer:
    """The platform certificates, sealed with the APIv3 key; a merchant with a public key only has none."""
    bodies.CERTIFICATES.check(call.query(), "")
    valid = merchant.valid_certificates()
    if not valid:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "there is no usable platform certificate: use the public key")
    listed = [
        {
            "serial_no": key.serial,
            "effective_time": beijing(key.begin or now()),
            "expire_time": beijing(key.end or now()),
            "encrypt_certificate": crypto.seal(merchant.apiv3_key, key.certificate, "certificate"),
        }
        for key in valid
    ]
    return Answer({"data": listed})


def echo(world: World, call: Call, merchant: Merchant) -> Answer:
    """Say back what was said, openly and encrypted for the merchant; a notice follows where one is wanted."""
    body = call.json()
    bodies.ECHO.check(body, "")
    message = body["echo_message"]
    hidden = body.get("encrypted_echo_message")
    if hidden is not None:
        key = merchant.opening_key(call.headers.get("wechatpay-serial", ""))
        revealed = crypto.reveal(key.private, hidden) if key is not None else None
        if revealed is None:
            told = "must be encrypted for the key that Wechatpay-Serial names"
            raise bad_parameter("/encrypted_echo_message", "", told)
    else:
        revealed = secrets.token_hex(8)
    if "notify_url" in body:
        content = {"mchid": merchant.mchid, "echo_message": message}
        tell(world, merchant, body["notify_url"], "SECURITY_ECHO.SUCCESS", "security", "回声测试成功", content, "")
    return Answer({"echo_message": message, "encrypted_echo_message": crypto.hide(merchant.verifier, revealed)})


def rotate(merchant: Merchant, kept: Kept) -> str:
    """Give *merchant* a new platform certificate; for ten days the old one is listed and signs beside it.

    :param kept: the merchant's kept keys; changed with it.
    :returns: the serial of the new one.
    """
    fresh = make_certificate("platform")
    for old in kept["certificates"]:
        old.setdefault("replaced_at", now().isoformat())
    kept["certificates"].append(fresh)
    merchant.certificates = [read_platform_certificate(one) for one in kept["certificates"]]
    return merchant.certificates[-1].serial
