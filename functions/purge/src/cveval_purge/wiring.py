"""The only place of purge that names adapters."""

from cveval.domain.policies import Policies
from cveval.http import Application, health_operations
from cveval.observability import Metrics, log_as_json
from cveval.settings import DatabaseSettings, load_or_exit
from cveval.store.opening import open_store
from cveval.store.transaction import Store
from cveval_purge.handler import operations
from cveval_purge.settings import PurgeSettings
from cveval_purge.usecase import Limits, Purge


def purge_of(settings: PurgeSettings, policies: Policies, store: Store, metrics: Metrics) -> Purge:
    """The use case by itself, as the command line runs it."""
    limits = Limits(settings.batch, settings.max_rows, settings.max_time)
    return Purge(store, policies, metrics, limits)


def build(settings: PurgeSettings, policies: Policies, store: Store, metrics: Metrics) -> Application:
    """Connects nothing."""
    purge = purge_of(settings, policies, store, metrics)
    return Application([*operations(purge), *health_operations(store, metrics)])


def from_environment() -> Application:
    """The function as its container runs it; ends the process when a setting is wrong."""
    log_as_json()
    metrics = Metrics()
    store = open_store(load_or_exit(DatabaseSettings), metrics)
    return build(load_or_exit(PurgeSettings), load_or_exit(Policies), store, metrics)
