"""Object storage for one machine and for tests: moto's server with one bucket, CVEVAL_ARCHIVE_BUCKET, all in memory."""

import json
import os
import signal
import threading
import urllib.request

from moto.server import ThreadedMotoServer

FORGETFUL = (
    "this object storage is for trying out and forgets everything when it ends: name one of your own with CVEVAL_ARCHIVE_… in .env, "
    "or none, before documents are older than CVEVAL_UPLOAD_RETENTION"
)


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
    print(json.dumps({"level": "WARNING", "message": FORGETFUL}), flush=True)  # noqa: T201 - its log
    main(os.environ["CVEVAL_ARCHIVE_BUCKET"])
