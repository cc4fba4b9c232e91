"""How long the device's Japanese voice takes, by the characters of a warning: the table `[speech]`.

`python -m device.encounters.voice_figures` makes warnings of every kind with the real voice and fits them.
"""

import sys
from collections.abc import Sequence

import numpy as np

from device.encounters.channel import characters
from device.errors import SpeechError
from device.sound import seconds
from device.voice import VoiceProcess
from device.words_ja import HAZARDS, obstacle_near
from vision.types import THINGS, Hazard, Motion

COUNT, SEED = 90, 3
NAMES = ("base_s", "kana_s", "kanji_s", "digit_s", "comma_s", "stop_s")


def sentences(count: int, seed: int) -> tuple[str, ...]:
    """Warnings of every kind, thing, place and doubt, each once."""
    rng = np.random.default_rng(seed)
    kinds, found = tuple(HAZARDS), set[str]()
    while len(found) < count:
        hazard = Hazard(
            track_id=1,
            cls=THINGS[int(rng.integers(len(THINGS)))],
            score=(0.4, 0.5, 0.8)[int(rng.integers(3))],
            distance_m=float(rng.uniform(0.5, 9.0)),
            distance_sigma_m=float(rng.uniform(0.1, 2.0)),
            bearing_deg=float(rng.normal(0.0, 15.0)),
            on_paving=False,
            ttc_s=None,
            motion=Motion.STANDING,
            free_side=(None, "left", "right")[int(rng.integers(3))],
        )
        words = HAZARDS[kinds[int(rng.integers(len(kinds)))]]
        found.add(words(hazard) if rng.random() < 0.7 else obstacle_near(hazard))
    return tuple(sorted(found))


def fitted(texts: Sequence[str], lengths_s: Sequence[float]) -> tuple[tuple[float, ...], float]:
    """Seconds by `NAMES`, and the RMS of what is left."""
    counts = np.array([(1, *characters(text)) for text in texts], np.float64)
    lengths = np.array(lengths_s, np.float64)
    found = np.linalg.lstsq(counts, lengths, rcond=None)[0]
    return tuple(float(v) for v in found), float(np.std(lengths - counts @ found))


def main() -> int:
    """Measure and print; 2 with one line where there is no voice."""
    texts = sentences(COUNT, SEED)
    voice = VoiceProcess(first_limit_s=120.0, limit_s=60.0)
    try:
        lengths = [seconds(voice.synthesise(text, "ja")) for text in texts]
    except SpeechError as error:
        sys.stderr.write(f"shirube: {error}\n")
        return 2
    finally:
        voice.close()
    values, rest = fitted(texts, lengths)
    sys.stdout.write(f"# {len(texts)} warnings, off by {rest:.2f} s RMS\n[speech]\n")
    sys.stdout.writelines(f"{name} = {value:.3f}\n" for name, value in zip(NAMES, values, strict=True))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
