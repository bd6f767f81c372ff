"""The random changes that a data generator's settings ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from yzlite_audio.mixing import Loudness, Noise, colored_noise
from yzlite_audio.options import AudioDataGeneratorOptions
from yzlite_audio.sources import noise_source
from yzlite_audio.stretching import SpeedAndPitch
from yzlite_audio.vocal_tract import VocalTract
from yzlite_core.errors import SettingValueError
from yzlite_core.plugin import Problem, Transform
from yzlite_core.plugin.settings import declarations

COLORED_NOISE_ORDER: Final = 600
BACKGROUND_NOISE_ORDER: Final = 700

_UNCHANGED = (1.0, 1.0)


def random_transforms(options: AudioDataGeneratorOptions, directory: Path | None) -> list[Transform]:
    """Return the random changes that are switched on, but for the place in the window, in their order.

    Args:
        options: The settings.
        directory: The dataset's folder, if it is known.

    Raises:
        SettingValueError: If a kind of noise is switched on, but not its loudness, or the other way round.
        DatasetError: If there is no background noise where it should be.
    """
    for problem in noise_problems(options):
        raise SettingValueError(problem.message, hint=problem.hint)
    rate = options.frontend_settings.sample_rate_hz
    steps: list[Transform] = []
    if options.speed_range or options.pitch_range:
        pitch = _factors_of_pitch(options.pitch_range or _UNCHANGED)
        steps.append(SpeedAndPitch(options.speed_range or _UNCHANGED, pitch, rate))
    if options.vtlp_range:
        steps.append(VocalTract(options.vtlp_range, rate))
    if options.loudness_range:
        steps.append(Loudness(options.loudness_range))
    if options.noise_colors and options.noise_color_range:
        colors = colored_noise(tuple(options.noise_colors), rate)
        steps.append(Noise(colors, options.noise_color_range, COLORED_NOISE_ORDER))
    if options.bg_noise_dir is not None and options.bg_noise_range:
        folder = _noise_folder(Path(options.bg_noise_dir).expanduser(), directory)
        recordings = noise_source(folder, rate, options.cache_mb)
        steps.append(Noise(recordings, options.bg_noise_range, BACKGROUND_NOISE_ORDER))
    return steps


def noise_problems(options: AudioDataGeneratorOptions) -> Iterator[Problem]:
    """Yield for which kind of noise half of what it needs is set: it would not be heard.

    A half that the script itself sets to None is meant so.
    """
    known = declarations(type(options))
    for first, second in (("noise_colors", "noise_color_range"), ("bg_noise_dir", "bg_noise_range")):
        given = [name for name in (first, second) if getattr(options, name) is not None]
        missing = second if given == [first] else first
        if len(given) == 1 and not known[missing].is_set(options):
            yield Problem(
                f"{given[0]} is set, but {missing} is not: no such noise would be heard",
                f"set {missing} of the data generator, or leave out {given[0]}",
            )


def _factors_of_pitch(limits: tuple[int, int] | tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    if isinstance(low, int) and isinstance(high, int):
        return 2 ** (low / 12), 2 ** (high / 12)
    return low, high


def _noise_folder(folder: Path, directory: Path | None) -> Path:
    if folder.is_absolute():
        return folder
    if directory is None:
        raise SettingValueError(
            f"bg_noise_dir={str(folder)!r} is a folder of a dataset, and none is given",
            hint="pass the dataset's folder, or make bg_noise_dir absolute",
        )
    return directory / folder
