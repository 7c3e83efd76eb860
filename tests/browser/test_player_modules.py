"""The player's own modules where a rule is worth a test by itself."""

import pytest


@pytest.fixture
def modules(page) -> str:
    """The address of the page's modules."""
    page.goto("/watch/moving")
    return page.evaluate("document.querySelector('script[type=module]').src.replace('watch.js', '')")


def test_rungs_are_paired_by_codec_size_and_order_of_rate(page, modules):
    pairs = page.evaluate(
        """async (address) => {
            const { pair } = await import(address);
            const of = (name, codec, height) => ({ name, codec, width: height * 2, height });
            const row = (name, codec, height, peak) => ({ ...of(name, codec, height), peak });
            const rung = (name, codec, height, bandwidth) => ({ ...of(name, codec, height), bandwidth });
            const rows = [
                row("avc high", "avc1.640028", 1080, 8000), row("avc low", "avc1.640028", 1080, 5000),
                row("av1", "av01.0.08M.10", 1080, 4000), row("hevc", "hvc1.2.4", 1080, 4000),
            ];
            const rungs = [
                rung("A", "av01.0.08M.10", 1080, 4100), rung("B", "avc1.640029", 1080, 5100),
                rung("C", "avc1.640028", 1080, 8100), rung("D", "avc1.640028", 720, 3000),
            ];
            return [...pair(rows, rungs)].map(([row, rung]) => [row.name, rung.name]);
        }""",
        f"{modules}pairing.js",
    )
    assert dict(pairs) == {"avc low": "B", "avc high": "C", "av1": "A"}


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        ("codecName", "avc1.640028", "H.264"),
        ("codecName", "x", "x"),
        ("bitRate", 145_400, "145 kb/s"),
        ("bitRate", 4_200_000, "4.2 Mb/s"),
        ("bitRate", 250_000_000, "250 Mb/s"),
        ("bitRate", None, "\u2013"),
        ("clock", 3725.9, "1:02:05"),
        ("clock", 62, "1:02"),
        ("clock", None, "0:00"),
        ("languageName", "en-GB", "British English"),
        ("languageName", "not a tag", "not a tag"),
        ("bytes", 12_345_678, "12.3 MB"),
    ],
)
def test_wording(page, modules, function, value, text):
    result = page.evaluate(
        "async ([address, name, value]) => (await import(address))[name](value ?? NaN)",
        [f"{modules}wording.js", function, value],
    )
    assert result == text
