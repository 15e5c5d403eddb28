"""The merchant's own settings."""

from typing import Any

from flask import Response

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.etags import check_version
from core.api.wire import answer, plain
from core.current import current_merchant
from core.db import reading, transaction
from core.models import Merchant
from core.schemas.json_schema import json_schema
from core.schemas.merchant import SettingsOut
from core.schemas.settings import SettingsEditIn, SettingsFormIn, filled
from core.services import merchants

admin = admin_blueprint("settings", __name__, "The merchant's settings")


@admin.get("/settings")
@needs("settings.read")
@admin.response(200, SettingsOut)
def show_settings() -> Response:
    """All settings, defaults filled in; the ETag is needed to edit them."""
    with reading():
        return answer(SettingsOut, _shown(merchants.find_merchant(current_merchant().code)))


@admin.get("/settings/schema")
@needs("settings.read")
@admin.response(200, description="A JSON Schema (2020-12) with titles in Chinese and English: draw the form from it.")
def show_settings_schema() -> Response:
    """What can be set: types, ranges, defaults and titles."""
    return plain(json_schema(SettingsFormIn))


@admin.patch("/settings")
@needs("settings.write")
@admin.arguments(SettingsEditIn(partial=True))
@admin.response(200, SettingsOut)
def edit_settings(body: dict[str, Any]) -> Response:
    """Change some settings (If-Match); only deadlines set from now on follow them."""
    with transaction():
        row = merchants.locked_merchant()
        check_version(row)
        return answer(SettingsOut, _shown(merchants.change_settings(row, body)))


def _shown(row: Merchant) -> dict[str, Any]:
    names = ("code", "name", "currency", "timezone", "language", "version")
    return {name: getattr(row, name) for name in names} | {"settings": filled(row.settings)}
