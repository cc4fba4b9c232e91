"""The output layouts that can be read, by the name that the manifest gives them."""

from vision import layout_paving, layout_seg
from vision.decode import Layout
from vision.errors import ModelError
from vision.model_spec import ModelSpec

LAYOUTS: dict[str, Layout] = {
    "yolov8-paving": layout_paving.LAYOUT,
    "yolov8-seg": layout_seg.LAYOUT,
}


def layout_of(spec: ModelSpec) -> Layout:
    """How to read the answers of this network; raises `ModelError` where nobody here can."""
    layout = LAYOUTS.get(spec.output)
    if layout is None or layout.task != spec.task:
        known = ", ".join(f"{each.task}/{name}" for name, each in LAYOUTS.items())
        raise ModelError(
            f"{spec.id}: layout {spec.task}/{spec.output} is unknown: this version reads {known}"
        )
    return layout


def check_layout(spec: ModelSpec, inputs: list[list[object]], outputs: list[list[object]]) -> None:
    """Raise `ModelError` unless the graph's shapes are those of its layout."""
    wanted = [[1, 3, spec.input.height, spec.input.width]]
    if inputs != wanted:
        raise ModelError(f"{spec.id}: input is {inputs}, the manifest says {wanted}")
    shapes = layout_of(spec).shapes(spec)
    if outputs != shapes:
        raise ModelError(f"{spec.id}: outputs are {outputs}, not {shapes} of {spec.output}")
