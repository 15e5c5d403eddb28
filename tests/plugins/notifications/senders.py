"""An SMS gateway and WeChat's template messages as servers on this machine, that answer as the real ones do."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request


@dataclass
class SmsGateway:
    """Takes signed posts, sends an id once, and can be told to answer otherwise."""

    secret: str
    answers: list[int] = field(default_factory=list)
    posts: int = 0
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> Flask:
        """Its server."""
        app = Flask("sms")

        @app.post("/send")
        def take() -> Any:
            self.posts += 1
            signed = request.headers["X-Merx-Timestamp"].encode() + b"." + request.get_data()
            right = "sha256=" + hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(right, request.headers["X-Merx-Signature"]):
                return {"error": "signature"}, 401
            if self.answers and (status := self.answers.pop(0)) != 200:
                return {}, status
            body = request.get_json()
            assert body["id"] == request.headers["Idempotency-Key"]
            self.sent.setdefault(body["id"], body)
            return {"reference": f"sms-{len(self.sent)}"}

        return app


@dataclass
class Wechat:
    """Gives tokens for the right secret, refuses old ones, and sends a client_msg_id once."""

    app_id: str
    secret: str
    tokens: int = 0
    valid: str = ""
    errors: list[int] = field(default_factory=list)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> Flask:
        """Its server."""
        app = Flask("wechat")

        @app.post("/cgi-bin/stable_token")
        def token() -> Any:
            asked = request.get_json()
            if (asked["appid"], asked["secret"]) != (self.app_id, self.secret):
                return {"errcode": 40125, "errmsg": "invalid appsecret"}
            self.tokens += 1
            self.valid = f"token-{self.tokens}"
            return {"access_token": self.valid, "expires_in": 7200}

        @app.post("/cgi-bin/message/template/send")
        def send() -> Any:
            if request.args["access_token"] != self.valid:
                return {"errcode": 42001, "errmsg": "access_token expired"}
            if self.errors:
                return {"errcode": self.errors.pop(0), "errmsg": "as told"}
            body = request.get_json()
            self.sent.setdefault(body["client_msg_id"], body)
            return {"errcode": 0, "errmsg": "ok", "msgid": 1000 + len(self.sent)}

        return app
