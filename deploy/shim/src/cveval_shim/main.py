"""The command `cveval-shim`."""

import argparse
import asyncio
import logging
import sys

from cveval.domain.errors import ConfigurationError, TransientError
from cveval.domain.policies import Policies
from cveval.garbage import starting
from cveval.observability import log_as_json
from cveval.queue.opening import broker_settings
from cveval.settings import DatabaseSettings, load_or_exit
from cveval_shim.process import relay_once, run
from cveval_shim.settings import ShimSettings
from cveval_shim.wiring import build

log = logging.getLogger(__name__)

EXAMPLES = """\
Example:
  export CVEVAL_DATABASE_URL=postgresql://cveval@db/cveval CVEVAL_KAFKA_BROKERS=redpanda:9092
  export CVEVAL_SHIM_FUNCTION_URL=http://evaluate:8080/
  cveval-shim                  relay and consumer, until SIGTERM
  cveval-shim --relay          the relay alone, where a KafkaSource delivers
  cveval-shim relay --once     one sweep, for cron

Every setting: docs/reference/configuration.md
"""


def main() -> None:
    """Run the shim; exit 1 with one line when it cannot start or, with --once, cannot do its work."""
    parser = argparse.ArgumentParser(
        prog="cveval-shim",
        description="Between Postgres, Redpanda or Redis, and the evaluate function: publishes what is due, delivers what is published.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "part", nargs="?", choices=("relay", "consumer"), help="only this part; without it, both"
    )
    parser.add_argument("--relay", action="store_true", help="only the relay")
    parser.add_argument("--consumer", action="store_true", help="only the consumer")
    parser.add_argument("--once", action="store_true", help="with relay: one sweep, then leave")
    asked = parser.parse_args()
    named = {name for name in ("relay", "consumer") if getattr(asked, name) or asked.part == name}
    parts = named or {"relay", "consumer"}
    if asked.once and parts != {"relay"}:
        parser.error("--once is for the relay: cveval-shim relay --once")
    log_as_json()
    try:
        asyncio.run(_run(parts, once=asked.once))
    except (ConfigurationError, TransientError) as error:
        sys.exit(f"cveval-shim cannot {'relay' if asked.once else 'start'}: {error}")


async def _run(parts: set[str], *, once: bool) -> None:
    settings = load_or_exit(ShimSettings)
    broker = broker_settings()
    if broker is None:
        raise ConfigurationError("CVEVAL_KAFKA_BROKERS or CVEVAL_REDIS_URL: the shim needs one of them")
    with starting():
        shim = build(
            settings,
            broker,
            load_or_exit(DatabaseSettings),
            load_or_exit(Policies),
            consumes="consumer" in parts,
        )
    if once:
        await relay_once(shim)
        return

    def ready(port: int) -> None:
        log.info("the shim runs", extra={"parts": sorted(parts), "port": port})

    await run(shim, relays="relay" in parts, host=settings.host, port=settings.port, ready=ready)
