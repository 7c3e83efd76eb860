"""The marks that a program can read: frame code, flash and beep, as ffmpeg expressions and filters.

The *frame code* is a row of black and white cells across the whole width, at the bottom of every frame:

    white, black | frame number, 20 bits, highest first | frame number modulo 15, 4 bits | black, white

The *flash* is a lamp at the right end of the black bar at the top, lit on one frame a second: for second
k = 0, 1, 2, ... on the first frame presented at or after k, which is frame ceil(k * rate).

The *beep* is 50 ms of 1 kHz in every audio track. It begins at the presentation time of that frame,
ceil(k * rate) / rate. At 24000/1001 the flash of second 1 is on frame 24 and its beep begins at 1.001 s.

Between the beeps every channel *hums* at its own pitch, so that tracks and channels can be told apart.
"""

from fractions import Fraction

from .spec import CHANNELS, NUMBER_BITS, Picture

SAMPLE_RATE = 48_000
CHECK_BITS, CHECK_MODULUS = 4, 15
CELLS = 2 + NUMBER_BITS + CHECK_BITS + 2
LAMP_SHARE = 8
"""The lamp with its black surround takes 1/8 of the width."""

CHORD = {"FL": 2.0, "FR": 3.0, "FC": 2.5, "LFE": 0.5, "BL": 4.0, "BR": 3.5}


def bar_height(picture: Picture) -> int:
    """Pixels of the bar at the top and of the frame code at the bottom: even, about 1/12 of the height."""
    return 2 * round(picture.height / 24)


def frame_code(picture: Picture) -> str:
    """A source of the strip with the frame code: drawn with 8 x 8 pixels a cell, then stretched."""
    word = f"(pow(2,{CELLS - 1})+4*({2**CHECK_BITS}*N+mod(N,{CHECK_MODULUS}))+1)"
    bit = f"mod(floor({word}/pow(2,{CELLS - 1}-floor(X/8))),2)"
    inside = "lt(mod(X,8),7)*between(Y,1,6)"
    return (
        f"color=black:size={8 * CELLS}x8:rate={picture.rate},format=yuv444p,"
        f"geq=lum='16+219*{bit}*{inside}':cb=128:cr=128,"
        f"scale={picture.width}:{bar_height(picture)}:flags=neighbor"
    )


def lamp(picture: Picture) -> str:
    """A filter that lights the lamp on the frames that flash."""
    width, height = picture.width // LAMP_SHARE, bar_height(picture)
    x, y = picture.width - width * 7 // 8, height // 8
    box = f"x={x}:y={y}:w={width * 3 // 4}:h={height - 2 * y}"
    second = f"floor(n*{picture.rate.denominator}/{picture.rate.numerator})"
    return f"drawbox={box}:color=white:t=fill:enable='eq(n,{_flash_frame(second, picture.rate)})'"


def hum_hz(track: int, channel: str) -> float:
    """Pitch between the beeps of a channel ("FL", "FR", ...) of the track with this index."""
    return (110 + 16 * track) * CHORD[channel]


def sound(track: int, layout: str, rate: Fraction) -> str:
    """An endless source of hum and beeps; the LFE channel only hums."""
    channels = "|".join(_channel(track, channel, rate) for channel in CHANNELS[layout])
    return f"aevalsrc=exprs='{channels}':channel_layout={layout}:sample_rate={SAMPLE_RATE}"


def _flash_frame(second: str, rate: Fraction) -> str:
    """The frame that flashes for a second. Products of whole numbers first, so that doubles stay exact."""
    return f"ceil({second}*{rate.numerator}/{rate.denominator})"


def _channel(track: int, channel: str, rate: Fraction) -> str:
    """Amplitude at sample n. Register 0 holds the time since the beep of this second was due to begin."""
    frame = _flash_frame(f"floor(n/{SAMPLE_RATE})", rate)
    since = f"st(0,n/{SAMPLE_RATE}-{frame}*{rate.denominator}/{rate.numerator})"
    beep = "0.5*gte(ld(0),0)*lt(ld(0),0.05)*sin(2*PI*1000*ld(0))"
    hum = f"0.02*sin(2*PI*{hum_hz(track, channel)}*n/{SAMPLE_RATE})"
    return hum if channel == "LFE" else f"{since};{beep}+{hum}"
