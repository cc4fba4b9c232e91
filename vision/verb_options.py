"""What the verbs of `shirube vision` share: common options, and verbs that pass theirs on."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated, Literal

import typer

from vision.errors import VisionError

ModelOption = Annotated[str | None, typer.Option("--model", help="モデルの名前かファイル / id or file")]
RuntimeOption = Annotated[
    Literal["onnx", "ncnn", "openvino", "ultralytics"] | None,
    typer.Option("--runtime", help="動かす仕組み / what runs the model（なければ / default: manifest）"),
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="使うコアの数 / CPU threads")]

Main = Callable[[list[str]], int]  # arguments -> exit code


def passed_on(app: typer.Typer, verb: str, needs: tuple[str, str] | None = None) -> Callable[[Main], Main]:
    """Register a function of the arguments as a verb of `app`; its docstring is the verb's line in the list.

    `needs`: a module, and the extra that brings it; without it the verb says what to install.
    """

    def register(main: Main) -> Main:
        settings = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

        @app.command(verb, help=main.__doc__, context_settings=settings, add_help_option=False)
        def run(context: typer.Context) -> None:
            if needs is not None and find_spec(needs[0]) is None:
                what = "追加の部品が要ります / this needs an extra"
                raise VisionError(f"{what}: pip install -e '.[{needs[1]}]'")
            raise SystemExit(main(context.args))

        return main

    return register
