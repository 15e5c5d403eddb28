"""One call of a plugin: timed and counted, and whatever it raises carries the plugin's name and none of its secrets."""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

from core import metrics
from core.errors import MerxError, PluginTrouble
from core.plugin_loading import CORE

log = logging.getLogger("merx.plugins")

#: seconds a hook may take before the log says so
SLOW = 0.2


def guarded(plugin: str, what: str, call: Callable[[], Any]) -> Any:
    """The answer of *call*, which asks *plugin* for *what*: a hook, or a guard by name.

    :raises MerxError: the plugin's own refusal. :raises PluginTrouble: it raised anything else.
    """
    began = perf_counter()
    try:
        return call()
    except MerxError:
        raise
    except Exception as error:
        if plugin == CORE:
            raise
        metrics.plugin_error(plugin, what)
        log.exception("plugin %s failed in %s", plugin, what, extra={"plugin": plugin, "hook": what})
        # the type alone: an error's text may carry what the plugin was given
        raise PluginTrouble(
            f"Plugin {plugin!r} failed in {what} ({type(error).__name__}); the log has the details.",
            plugin=plugin,
            hook=what,
        ) from error
    finally:
        took = perf_counter() - began
        if plugin != CORE:
            metrics.hook(plugin, what, took)
        if took > SLOW:
            log.warning("plugin %s took %.0f ms in %s", plugin, took * 1000, what, extra={"plugin": plugin})
