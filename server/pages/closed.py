"""The form that reports a closed path, for the wearer's and the caregiver's pages."""

from typing import Annotated

from fastapi import Form, Path

from wire.api import MAX_BLOCKAGE_HOURS, BlockageKind

# What people choose from: a parked lorry, a day's works, works for a week, as long as it goes.
HOURS: tuple[int, ...] = (2, 24, 7 * 24, MAX_BLOCKAGE_HOURS)

# Made with the page: pressing twice reports once.
ReportId = Annotated[str, Form(alias="report", pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Kind = Annotated[BlockageKind, Form()]
Hours = Annotated[int, Form(ge=1, le=MAX_BLOCKAGE_HOURS)]
BlockageId = Annotated[str, Path(max_length=64)]
