"""Object storage for one machine and for tests: moto's server with one bucket, all in memory: `s3.py BUCKET`."""

import signal
import sys
import threading
import urllib.request

from moto.server import ThreadedMotoServer


def main(bucket: str) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    server = ThreadedMotoServer("0.0.0.0", 5000, verbose=False)  # noqa: S104 - a container's inside
    server.start()
    make = urllib.request.Request(f"http://127.0.0.1:5000/{bucket}", method="PUT")
    with urllib.request.urlopen(make, timeout=30):  # noqa: S310 - our own
        stopping.wait()
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
