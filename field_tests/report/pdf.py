"""A page to a tagged PDF (PDF/UA-1) by WeasyPrint, with Japanese letters that come as a file. No network."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from field_tests.errors import MissingExtraError

_INSTALL: Final = (
    "PDF には WeasyPrint と Pango が要ります / a PDF needs WeasyPrint and Pango: pip install -e '.[study]'; "
    "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; or --no-pdf"
)


def ready_for_pdf() -> None:
    """`MissingExtraError` where no PDF can be made: before the long work, not after it."""
    try:
        import weasyprint  # noqa: F401 - its import looks for Pango
    except (ImportError, OSError):
        raise MissingExtraError(_INSTALL) from None
    _letters()


def pdf(page: str) -> bytes:
    """The PDF of a page that was made for paper."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts, files = FontConfiguration(), URLFetcher(allowed_protocols=("file",))
    face = f'@font-face {{ font-family: "IPAexGothic"; src: url("{_letters().as_uri()}"); }}'
    sheets = [CSS(string=face, font_config=fonts, url_fetcher=files)]
    document = HTML(string=page, url_fetcher=files)
    made = document.write_pdf(
        stylesheets=sheets,
        font_config=fonts,
        pdf_variant="pdf/ua-1",
        pdf_identifier=b"shirube",
        pdf_tags=True,
    )
    return bytes(made or b"")


def _letters() -> Path:
    """IPAexGothic, a file inside the package matplotlib-fontja; the package itself is not imported."""
    spec = find_spec("matplotlib_fontja")
    if spec is None or spec.origin is None:
        raise MissingExtraError(_INSTALL)
    return Path(spec.origin).parent / "fonts" / "ipaexg.ttf"
