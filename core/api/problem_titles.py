"""What each problem code means, in a few words of English and Chinese; served under /problems/<code>."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

#: code -> (English, Chinese)
TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "already_exists": ("Another one has this name", "已存在同名记录"),
    "bad_credentials": ("Sign-in failed", "登录失败"),
    "bad_csrf_token": ("The CSRF token is missing or wrong", "CSRF 令牌缺失或错误"),
    "bad_header": ("A header cannot be read", "请求头无法解析"),
    "bad_json": ("The body is not JSON that we take", "请求体不是可接受的 JSON"),
    "bad_request": ("The request cannot be read", "请求无法解析"),
    "channel_down": ("The payment channel could not be reached", "支付渠道无法连接"),
    "channel_refused": ("The payment channel said no", "支付渠道已拒绝"),
    "channel_trouble": ("The payment channel has trouble", "支付渠道异常"),
    "channel_unsure": ("The payment channel's answer is unknown", "支付渠道结果未知"),
    "distrusted": ("The signature does not hold", "签名无效"),
    "forbidden": ("The permission is missing", "缺少权限"),
    "idempotency_in_progress": ("The same request is still being worked on", "相同请求正在处理中"),
    "idempotency_key_reused": ("The Idempotency-Key was used for another request", "幂等键已用于其他请求"),
    "idempotency_key_required": ("An Idempotency-Key is required", "缺少幂等键"),
    "in_use": ("Something still needs it", "仍在使用中"),
    "internal_error": ("Something went wrong on our side", "服务器内部错误"),
    "invalid": ("A value is not acceptable", "参数不符合要求"),
    "invalid_cursor": ("The cursor is not one of ours", "分页游标无效"),
    "last_owner": ("The last owner must stay", "必须保留最后一位所有者"),
    "length_required": ("The length of the body is missing", "缺少请求体长度"),
    "link_expired": ("The link has expired", "链接已过期"),
    "method_not_allowed": ("The method is not allowed here", "不允许使用该方法"),
    "move_refused": ("This move is not open now", "当前状态不允许该操作"),
    "not_found": ("Not found", "未找到"),
    "out_of_stock": ("Not enough stock", "库存不足"),
    "plugin_trouble": ("A plugin failed", "插件出错"),
    "precondition_required": ("If-Match is required", "缺少 If-Match 请求头"),
    "price_changed": ("The price has changed", "价格已变动"),
    "refused": ("The shop says no", "操作被拒绝"),
    "too_large": ("Too large", "内容过大"),
    "too_many_requests": ("Too many tries", "尝试次数过多"),
    "unauthenticated": ("Please sign in", "请先登录"),
    "unavailable": ("Not available right now", "服务暂不可用"),
    "unknown_field": ("There is no such field", "未知字段"),
    "unsupported_media_type": ("This content type is not taken", "不支持的内容类型"),
    "version_changed": ("Somebody changed it meanwhile", "数据已被他人修改"),
}

_CHINESE_BY_STATUS: Final[Mapping[int, str]] = {
    400: "请求无法解析", 401: "请先登录", 403: "缺少权限", 404: "未找到", 405: "不允许使用该方法", 409: "操作被拒绝",
    411: "缺少请求体长度", 412: "数据已被他人修改", 413: "内容过大", 415: "不支持的内容类型", 422: "参数不符合要求",
    428: "缺少前置条件", 429: "尝试次数过多", 500: "服务器内部错误", 502: "支付渠道异常", 503: "服务暂不可用",
}  # fmt: skip


def title_of(code: str, status: int, language: str) -> str:
    """The title of a problem in *language* (``zh``, or anything else for English).

    Codes of plugins have no title of their own: they get their status's.
    """
    english, chinese = TITLES.get(code) or (_phrase(status), _CHINESE_BY_STATUS.get(status, "请求失败"))
    return chinese if language == "zh" else english


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Problem"
