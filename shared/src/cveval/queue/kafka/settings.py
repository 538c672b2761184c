"""Where the broker is and how its topics are made: read by whoever publishes or consumes."""

import re
import ssl
from datetime import timedelta
from socket import gethostname
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from cveval.domain.configuration import Settings
from cveval.domain.policies import Duration

MAX_PORT = 65_535


class KafkaSettings(Settings):
    """Redpanda, or any broker of Kafka's protocol."""

    prefix = "CVEVAL_KAFKA_"

    brokers: str
    """`host:port`, several with commas between them."""
    group: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,200}$")] = "cveval"
    """Consumers of one installation share it; the topic's name is added."""
    make_topics: bool = True
    """false: somebody else makes them, and nobody looks whether they are as the settings say."""
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 8
    """Of a topic that is made; the most replicas of the shim that can consume at a time."""
    replication: Annotated[int, Field(ge=1, le=9)] = 3
    """Copies of a topic that is made; 1 where there is one broker."""
    min_insync_replicas: Annotated[int, Field(ge=1, le=9)] = 2
    """Copies that must have a record before it counts as published; 1 where there is one broker."""
    message_timeout: Duration = timedelta(seconds=10)
    """A record that is not acknowledged within this stays due. Must be under CVEVAL_PUBLISH_LEASE."""
    session_timeout: Duration = timedelta(seconds=10)
    """A consumer that is silent for so long loses its partitions to the others."""
    max_skew: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    """Records of a partition that may be taken beyond the first unfinished one; then the partition pauses."""

    security_protocol: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    """`plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`: how the brokers expect to be spoken to."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-256"
    """`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`: how the brokers check the user; read only with `sasl_…`."""
    sasl_username: str = ""
    """The user at the brokers, needed with `CVEVAL_KAFKA_SECURITY_PROTOCOL=sasl_…`."""
    sasl_password: SecretStr = SecretStr("")
    """The password of `CVEVAL_KAFKA_SASL_USERNAME`."""
    ssl_ca_file: str = ""
    """Certificates to trust; empty: the system's."""

    @field_validator("brokers")
    @classmethod
    def _are_addresses(cls, brokers: str) -> str:
        found = [
            re.fullmatch(r"(?:\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})", one.strip())
            for one in brokers.split(",")
        ]
        # The client would take a port modulo 65,536.
        if not all(one and 0 < int(one[1]) <= MAX_PORT for one in found):
            raise ValueError("is no list of host:port, such as redpanda-0:9092,redpanda-1:9092")
        return brokers

    @field_validator("ssl_ca_file")
    @classmethod
    def _holds_certificates(cls, file: str) -> str:
        if file:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
            except OSError as error:
                raise ValueError(f"{file} cannot be read as certificates in PEM ({error})") from None
        return file

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.min_insync_replicas > self.replication:
            raise ValueError("CVEVAL_KAFKA_MIN_INSYNC_REPLICAS must not be over CVEVAL_KAFKA_REPLICATION")
        if self.security_protocol.startswith("sasl") and not self.sasl_username:
            raise ValueError("CVEVAL_KAFKA_SASL_USERNAME is needed for CVEVAL_KAFKA_SECURITY_PROTOCOL=sasl_…")
        return self

    def client(self) -> dict[str, Any]:
        """What every librdkafka client is told."""
        told: dict[str, Any] = {
            "bootstrap.servers": self.brokers,
            # Which replica it is, in the broker's lists.
            "client.id": f"cveval-{gethostname()}",
            "security.protocol": self.security_protocol,
            "allow.auto.create.topics": False,
            # A topic that was made anew must be found soon.
            "topic.metadata.refresh.interval.ms": 10_000,
            "topic.metadata.propagation.max.ms": 2_000,
            "reconnect.backoff.max.ms": 2_000,
            "socket.keepalive.enable": True,
            # Told by `Complaints`, and no oftener than it helps.
            "log_level": 2,
        }
        if self.security_protocol.startswith("sasl"):
            told |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.username": self.sasl_username,
                "sasl.password": self.sasl_password.get_secret_value(),
            }
        if self.ssl_ca_file:
            told["ssl.ca.location"] = self.ssl_ca_file
        return told
