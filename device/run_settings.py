"""The companion's settings as a recorded run holds them: names and plain values, and back."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter, ValidationError

from device.errors import RecordError
from device.run_format import Setting, first_fault
from device.senses import Settings

_TYPES: Final = get_type_hints(Settings)
_ADAPTERS: Final[Mapping[str, TypeAdapter[Any]]] = {
    each.name: TypeAdapter(_TYPES[each.name]) for each in fields(Settings)
}
# Formats before 4 had another word for it.
_OLDER: Final = {("verbosity", "short"): "quiet"}


def settings_to(settings: Settings) -> dict[str, Setting]:
    """What differs from the defaults; what is no plain value as JSON."""
    kept: dict[str, Setting] = {}
    for each in fields(Settings):
        value = getattr(settings, each.name)
        if value != each.default:
            plain = isinstance(value, (str, int, float, bool))
            kept[each.name] = value if plain else _ADAPTERS[each.name].dump_json(value).decode()
    return {"lang": settings.lang, **kept}


def settings_from(recorded: Mapping[str, Setting]) -> Settings:
    """The settings of a run; what it does not name is as by default. `RecordError` names a wrong one."""
    values: dict[str, Any] = {}
    for name, value in recorded.items():
        adapter = _ADAPTERS.get(name)
        if adapter is None:
            continue  # the recorder's own: a seed, seconds between steps
        value = _OLDER.get((name, str(value)), value)
        try:
            if isinstance(value, str) and value.startswith(("[", "{")):
                values[name] = adapter.validate_json(value)
            else:
                values[name] = adapter.validate_python(value)
        except ValidationError as error:
            raise RecordError(f"run.json: settings.{name}: {first_fault(error)}, not {value!r}") from None
    return Settings(**values)
