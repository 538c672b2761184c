"""The only place of purge that names adapters."""

from cveval.domain.policies import Policies
from cveval.http import Application, health_operations
from cveval.observability import Metrics
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
