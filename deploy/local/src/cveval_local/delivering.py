"""The consumer's HTTP request, made to a function in the same process."""

from collections.abc import MutableMapping
from typing import Any

from starlette.requests import Request

from cveval.delivery import Answer, read_answer
from cveval.http import Application
from cveval.queue.transport import Deliver, Delivery


def deliver_to(function: Application) -> Deliver:
    """Events go through the function's whole handler, as they would over the network."""

    async def deliver(delivery: Delivery) -> Answer:
        response = await function(_request(delivery))
        return read_answer(response.status_code, response.headers, bytes(response.body))

    return deliver


def _request(delivery: Delivery) -> Request:
    headers = [(name.encode(), value.encode()) for name, value in delivery.headers.items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": None,
    }

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": delivery.body, "more_body": False}

    return Request(scope, receive)
