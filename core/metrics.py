"""What is counted and timed for /metrics: functions that name a thing that happened; all processes of a machine count.

One process counts in its memory. After :func:`share`, every process writes its numbers into a file of its own in one
folder, and whoever is asked adds them up. The files of processes that ended are folded into one, so that sums never
fall and files never pile up.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
#: seconds; what a shop's requests, gateways, hooks and jobs take
_REQUEST: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_GATEWAY: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_HOOK: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2)
_JOB: Final = (0.01, 0.05, 0.25, 1, 5, 30, 120)
_LATE: Final = (0.1, 0.5, 1, 5, 15, 60, 300, 3600)
#: key -> kind, name, what it says, labels, buckets. No label ever names a merchant, a buyer or an order.
_TABLE: Final[dict[str, tuple[Any, str, str, tuple[str, ...], tuple[float, ...]]]] = {
    "request": (Counter, "merx_http_requests", "Requests answered", ("route", "method", "status"), ()),
    "request_time": (Histogram, "merx_http_request_seconds", "Time to an answer", ("route", "method"), _REQUEST),
    "job": (Counter, "merx_jobs", "Runs of jobs, by how they ended", ("job", "outcome"), ()),
    "job_time": (Histogram, "merx_job_seconds", "Time a run takes", ("job",), _JOB),
    "lateness": (Histogram, "merx_job_lateness_seconds", "Time from due to begun", ("job",), _LATE),
    "notice": (Counter, "merx_notices", "Notices of channels, by what became of them", ("channel", "outcome"), ()),
    "payment": (Counter, "merx_payments", "Payments, by the state they came to", ("channel", "state"), ()),
    "gateway": (Counter, "merx_gateway_calls", "Calls to the outside", ("host", "outcome"), ()),
    "gateway_time": (Histogram, "merx_gateway_call_seconds", "Time to the answer of a call", ("host",), _GATEWAY),
    "plugin_error": (Counter, "merx_plugin_errors", "Hooks and guards that raised", ("plugin", "hook"), ()),
    "hook_time": (Histogram, "merx_hook_seconds", "Time a plugin takes in a hook or guard", ("plugin", "hook"), _HOOK),
}
#: outside hosts that get a label of their own; the rest is one
_HOSTS: Final = 50
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_FILE: Final = re.compile(r"(?P<kind>counter|histogram)_(?P<owner>\d+)(-horse)?\.db")
#: the owner of what ended processes had counted
_DEAD: Final = 0
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_registry = CollectorRegistry()
_metrics: dict[str, Any] = {}
_children: dict[tuple[str, ...], Any] = {}
_hosts: set[str] = set()
_writer_name: str | None = None


# ---------------------------------------------------------------------------------------------- what happened
def request(route: str, method: str, status: int, seconds: float) -> None:
    """A request was answered.

    :param route: the template (``/v1/shop/<merchant>/orders``), never the path.
    """
    method = method if method in _METHODS else "other"
    _child("request", route, method, f"{status // 100}xx").inc()
    _child("request_time", route, method).observe(seconds)


def job(name: str, outcome: str) -> None:
    """A run of a job ended: ``done``, ``failed`` (it comes back), ``gave_up``, ``dropped`` or ``absent``."""
    _child("job", name, outcome).inc()


def job_began(name: str, late: float) -> None:
    """A run began, *late* seconds after it was due."""
    _child("lateness", name).observe(max(late, 0.0))


def job_took(name: str, seconds: float) -> None:
    """A run took *seconds*."""
    _child("job_time", name).observe(seconds)


def notice(channel: str, outcome: str) -> None:
    """A channel told something, and this became of it (``applied``, ``distrusted`` ...)."""
    _child("notice", channel, outcome).inc()


def payment(channel: str, state: str) -> None:
    """A payment by a channel or tender came to this state: ``open``, ``settled``, ``failed`` ..."""
    _child("payment", channel, state).inc()


def gateway(host: str, outcome: str, seconds: float) -> None:
    """A call to the outside ended: ``2xx`` ... ``5xx``, ``timeout`` or ``unreachable``."""
    if host not in _hosts:
        if len(_hosts) >= _HOSTS:
            host = "other"
        else:
            _hosts.add(host)
    _child("gateway", host, outcome).inc()
    _child("gateway_time", host).observe(seconds)


def plugin_error(plugin: str, hook: str) -> None:
    """A plugin raised."""
    _child("plugin_error", plugin, hook).inc()


def hook(plugin: str, hook: str, seconds: float) -> None:
    """A plugin was asked and took *seconds*."""
    _child("hook_time", plugin, hook).observe(seconds)


# ---------------------------------------------------------------------------------------------- told
def text(*gauges: Collector) -> bytes:
    """Everything counted so far by all processes, and what *gauges* say of this moment, as Prometheus reads it."""
    registry = CollectorRegistry()
    folder = os.environ.get(_FOLDER)
    registry.register(_Files(Path(folder)) if folder else _registry)
    for gauge in gauges:
        registry.register(gauge)
    return generate_latest(registry)


class _Files(Collector):
    """The numbers of every process that shares the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """All files added up."""
        with _alone_in(self._folder):
            _bury(self._folder)
            found = [str(file) for file in _files(self._folder)]
            merge: Any = MultiProcessCollector.merge
            return list(merge(found))


# ---------------------------------------------------------------------------------------------- several processes
def share(folder: Path) -> None:
    """Count into *folder* from now on, here and in the processes that are forked from here.

    :param folder: of this machine alone. It begins empty when nobody who counts there lives any more.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ[_FOLDER] = str(folder)
    with _alone_in(folder):
        owners = {_owner(file) for file in _files(folder)} - {_DEAD}
        if any(map(_lives, owners)):
            _bury(folder)
        else:
            for file in _files(folder):
                file.unlink()
    make: Any = values.MultiProcessValue
    values.ValueClass = make(_writer)
    _metrics.clear()
    _children.clear()


def write_as_horse_of(worker: int) -> None:
    """In a forked horse: write into its worker's file for horses, of whom only one lives at a time."""
    global _writer_name
    _writer_name = f"{worker}-horse"


def _writer() -> str:
    return _writer_name or str(os.getpid())


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with open(folder / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files(folder: Path) -> list[Path]:
    # a file that is empty was made this very moment
    return [file for file in sorted(folder.iterdir()) if _FILE.fullmatch(file.name) and file.stat().st_size]


def _owner(file: Path) -> int:
    found = _FILE.fullmatch(file.name)
    return int(found["owner"]) if found else _DEAD


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _bury(folder: Path) -> None:
    """Fold the files of processes that ended into one."""
    opened: Any = MmapedDict
    for file in _files(folder):
        if (owner := _owner(file)) == _DEAD or _lives(owner):
            continue
        grave = opened(str(folder / f"{file.name.partition('_')[0]}_{_DEAD}.db"))
        for key, value, _, _ in opened.read_all_values_from_file(str(file)):
            grave.write_value(key, grave.read_value(key)[0] + value, 0.0)
        grave.close()
        file.unlink()


# ---------------------------------------------------------------------------------------------- inside
def _child(key: str, *labels: str) -> Any:
    wanted = (key, *labels)
    found = _children.get(wanted)
    if found is None:
        found = _children[wanted] = _metric(key).labels(*labels)
    return found


def _metric(key: str) -> Any:
    if key not in _metrics:
        _build()
    return _metrics[key]


def _build() -> None:
    """Make all metrics, of the kind of values in force."""
    global _registry
    _registry = CollectorRegistry()
    for key, (kind, name, says, labels, buckets) in _TABLE.items():
        more = {"buckets": buckets} if buckets else {}
        _metrics[key] = kind(name, says, labels, registry=_registry, **more)


_build()
