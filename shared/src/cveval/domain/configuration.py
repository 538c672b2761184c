"""What every settings model is: fields that are read from environment variables of one prefix."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Read by `cveval.settings.load`; made directly, it knows what it is given and its defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prefix: ClassVar[str]

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The environment variable of each field."""
        return {field: f"{cls.prefix}{field.upper()}" for field in cls.model_fields}
