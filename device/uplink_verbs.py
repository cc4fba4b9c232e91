"""`shirube device uplink-bench`."""

from typing import Annotated

import typer

from device.errors import UplinkError


def uplink_bench(
    offline_hours: Annotated[
        float, typer.Option(min=0.1, help="回線がない時間 / hours without a link")
    ] = 72.0,
    events: Annotated[int, typer.Option(min=100, help="たまった記録 / events that wait")] = 50_000,
    kbit: Annotated[int, typer.Option(min=0, help="回線の速さ、0: 制限なし / kbit/s, 0: no limit")] = 0,
    walk_s: Annotated[
        float, typer.Option(min=0.0, help="歩行の通信量も測る秒数 / also measure a walk of so many seconds")
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で / as JSON")] = False,
) -> None:
    """回線が戻ってからの送信を測る / how the log is delivered when the link comes back."""
    # Late: it brings all of the companion, and what `run` wants to do without.
    from device import uplink_bench as bench
    from device.uplink_cost import cost_of

    try:
        outcomes = [bench.measure(way, offline_hours, events, kbit) for way in ("ahead", "in_order")]
        cost = cost_of(walk_s) if walk_s else None
    except UplinkError as error:
        typer.echo(f"shirube: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(
        bench.as_json(outcomes, cost, offline_hours, kbit) if as_json else bench.as_text(outcomes, cost)
    )
    raise typer.Exit(0 if outcomes[0].met() else 1)
