"""The verbs of labelling, `shirube vision labels …`. Light to import: the rest is loaded by the verb used."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

if TYPE_CHECKING:
    from vision.labelling.check import Finding
    from vision.labelling.records import Record, Split
    from vision.ports import Detector

labels_app = typer.Typer(help="写真のラベル / labels of real pictures", no_args_is_help=True)
REAL = Path(__file__).resolve().parent / "real"
MOST_SHOWN = 40  # findings of one kind; the rest is counted

Pictures = Annotated[Path, typer.Option(help="写真のフォルダー（中は 出典/ファイル）/ folder of source/file")]


@labels_app.command("check")
def labels_check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="ラベルのファイルかフォルダー / label files or folders")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="写真のフォルダー、写真も調べる / look at the pictures as well")
    ] = None,
) -> None:
    """数と誤り / counts and faults: exit 0 sound, 1 faults, 2 cannot be read."""
    from vision.labelling.check import label_findings, picture_findings
    from vision.labelling.counts import as_text, count_tables
    from vision.labelling.records import read_lines

    lines = [line for file in _label_files(files or [REAL]) for line in read_lines(file)]
    records = [line.record for line in lines]
    for title, table in count_tables(records).items():
        typer.echo(f"[{title}]")
        for row in as_text(table):
            typer.echo(f"  {row}")
    findings = list(label_findings(lines))
    if pictures is None:
        typer.echo("写真は調べていません（--pictures）/ the pictures were not looked at (--pictures)")
    else:
        findings += picture_findings(_folder(pictures), lines)
    _tell(findings)
    faults = sum(not finding.notice for finding in findings)
    typer.echo(
        f"ラベル {len(records)}、誤り {faults}、要確認 {len(findings) - faults} / "
        f"{len(records)} labels, {faults} faults, {len(findings) - faults} to look at"
    )
    raise SystemExit(1 if faults else 0)


def _tell(findings: "list[Finding]") -> None:
    for kind in dict.fromkeys(finding.kind for finding in findings):
        own = [finding for finding in findings if finding.kind == kind]
        word = "要確認 / look at" if own[0].notice else "誤り / fault"
        for finding in own[:MOST_SHOWN]:
            typer.echo(f"{word}: {finding.text}", err=not finding.notice)
        if len(own) > MOST_SHOWN:
            typer.echo(f"{word}: ほか {len(own) - MOST_SHOWN} 件 / {len(own) - MOST_SHOWN} more like these")


@labels_app.command("draw")
def labels_draw(
    labels: Annotated[Path, typer.Argument(help="ラベルのファイルかフォルダー / a label file or folder")],
    pictures: Pictures,
    out: Annotated[Path, typer.Option(help="書き出すフォルダー / where to write")],
    split: Annotated[str | None, typer.Option(help="train | val | test")] = None,
    grid: Annotated[bool, typer.Option(help="座標の線 / lines to read coordinates from")] = False,
    sheet: Annotated[str | None, typer.Option(help="4x3: 並べて 1 枚に / many on one sheet")] = None,
) -> None:
    """写真の上にラベルを描く / draw labels over their pictures for review."""
    from vision.labelling.contact import draw_all, parse_layout
    from vision.labelling.records import LabelError, read_lines

    layout = None if sheet is None else parse_layout(sheet)
    wanted = None if split is None else _split(split)
    records = [line.record for file in _label_files([labels]) for line in read_lines(file)]
    chosen = [record for record in records if wanted in (None, record.split)]
    if not chosen:
        raise LabelError(f"{labels}: 描くラベルがありません / no labels to draw of {split or 'any split'}")
    done = draw_all(chosen, _folder(pictures), out, layout, grid)
    for fault in done.faults:
        typer.echo(f"抜け / left out: {fault}", err=True)
    typer.echo(
        f"{out}: {done.pictures} 枚を {len(done.files)} ファイルに / "
        f"{done.pictures} pictures in {len(done.files)} files"
    )
    typer.echo(
        "紫: 誘導ブロック、水色: 点状、灰: 不明、赤: ブロックの上、緑: 外 / "
        "magenta: blocks, cyan: dots, grey: unsure, red: on them, green: beside"
    )


@labels_app.command("new")
def labels_new(
    picture: Annotated[Path, typer.Argument(help="写真か動画 / a picture or a video")],
    source: Annotated[str, typer.Option(help="出典のフォルダー名 / name of its folder")],
    scene: Annotated[str, typer.Option(help="場面（同じ場所は同じ名）/ one name for one place")],
    split: Annotated[str, typer.Option(help="train | val | test")] = "train",
    frame: Annotated[int | None, typer.Option(min=0, help="動画の何枚目、0 から / frame, from 0")] = None,
) -> None:
    """書き込むための 1 行 / a template line to fill in; then take "proposed" out of it."""
    from vision.labelling.pictures import one_image
    from vision.labelling.proposals import Place, template
    from vision.labelling.records import record_line, sha256_of

    chosen = _split(split)
    image = one_image(picture, frame)
    name = _below(picture, source)
    place = Place(sha256_of(picture), source, name, scene, chosen, frame)
    typer.echo(record_line(template(place, image.shape[1], image.shape[0])))


@labels_app.command("propose")
def labels_propose(
    folder: Annotated[Path, typer.Argument(help="写真のフォルダー / folder of pictures")],
    scene: Annotated[str, typer.Option(help="場面（同じ場所は同じ名）/ one name for one place")],
    out: Annotated[Path, typer.Option(help="書き出す .jsonl / the file to write")],
    model: Annotated[str | None, typer.Option(help="モデルの名か .onnx / a model's id or .onnx")] = None,
    source: Annotated[
        str | None, typer.Option(help="既定はフォルダー名 / default: the folder's name")
    ] = None,
    split: Annotated[str, typer.Option(help="train | val | test")] = "train",
) -> None:
    """モデルの案。目で直すまではラベルではありません / proposals, no labels until corrected by eye."""
    from vision.labelling.records import LabelError, write_records
    from vision.onnx_detector import open_detector

    chosen, name = _split(split), source or folder.resolve().name
    if out.exists():
        raise LabelError(f"{out}: もうあります。上書きしません / exists already and is not overwritten")
    paths = _pictures_in(_folder(folder))
    detector = open_detector(model)
    if detector.notice:
        typer.echo(detector.notice, err=True)
    records: list[Record] = []
    for number, path in enumerate(paths):
        record = _proposal(path, number, detector, (name, scene, chosen))
        if record is not None:
            records.append(record)
    write_records(out, records)
    typer.echo(f"{out}: 案 {len(records)} / {len(records)} proposals of {len(paths)} pictures")


def _proposal(
    path: Path, number: int, detector: "Detector", where: "tuple[str, str, Split]"
) -> "Record | None":
    from vision.errors import FrameError
    from vision.labelling.proposals import Place, proposed
    from vision.labelling.records import sha256_of
    from vision.pictures import read_picture
    from vision.types import Frame

    source, scene, split = where
    try:
        image = read_picture(path)
    except FrameError as error:
        typer.echo(f"抜け / left out: {error}", err=True)
        return None
    place = Place(sha256_of(path), source, _below(path, source), scene, split)
    return proposed(place, detector.detect(Frame(number, 0.0, image)))


def _pictures_in(folder: Path) -> list[Path]:
    from vision.labelling.pictures import is_picture
    from vision.labelling.records import LabelError

    found = sorted(path for path in folder.rglob("*") if path.is_file() and is_picture(path))
    if not found:
        raise LabelError(f"{folder}: 写真がありません / no pictures in it")
    return found


def _label_files(given: list[Path]) -> list[Path]:
    from vision.labelling.records import LabelError

    files: list[Path] = []
    for path in given:
        found = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not found:
            raise LabelError(f"{path}: .jsonl がありません / no .jsonl file in it")
        files += found
    return files


def _folder(path: Path) -> Path:
    from vision.labelling.records import LabelError

    if not path.is_dir():
        raise LabelError(f"{path}: フォルダーではありません / not a folder")
    return path


def _below(path: Path, source: str) -> str:
    """The name below the folder `source`, where the picture lies in one; else its bare name."""
    parts = path.resolve().parts
    if source not in parts[:-1]:
        return path.name
    last = max(k for k, part in enumerate(parts[:-1]) if part == source)
    return "/".join(parts[last + 1 :])


def _split(text: str) -> "Split":
    from vision.labelling.records import LabelError, Split

    if text not in get_args(Split):
        raise LabelError(f"--split {text}: train, val, test のどれか / one of train, val, test")
    return text  # type: ignore[return-value]
