"""What browser tests do with a page, whichever player is on it."""

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Request

INSECURE_HOST = "telecine.test"
"""This machine by a name that browsers do not trust over plain http."""

# No sandbox when run as root, no graphics card, no traffic of its own, sound without a click.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1",
    # A page that a test answers for itself is taken for one of the Internet, which may not ask this machine.
    "--disable-features=LocalNetworkAccessChecks",
]

_WAIT = """async (argument) => {
    const video = document.querySelector("video");
    const started = performance.now();
    while (!(CONDITION)) {
        if (performance.now() - started > 20000) throw new Error("never: CONDITION");
        await new Promise((resolve) => setTimeout(resolve, 40));
    }
}"""


@dataclass
class Complaints:
    """What a page had to complain about: errors in its console, exceptions, requests that failed."""

    texts: list[str] = field(default_factory=list)

    def listen_to(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.texts.append(f"exception: {error}"))
        page.on("requestfailed", self._on_failure)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.texts.append(f"console: {message.text}")

    def _on_failure(self, request: Request) -> None:
        # A player that switches rungs gives up requests under way, which is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.texts.append(f"failed: {request.url} {request.failure}")


def wait_until(page: Page, condition: str, argument: object = None) -> None:
    """Wait until a JavaScript expression of `video`, the page's media element, and `argument` is true.

    Playwright's own `wait_for_function` evaluates text in the page, which a strict page does not allow.
    """
    page.evaluate(_WAIT.replace("CONDITION", condition), argument)


def play(page: Page) -> None:
    """Start the page's media element and wait until it moves."""
    page.evaluate("document.querySelector('video').play()")
    wait_until(page, "video.currentTime > 0.2")


def play_to_end(page: Page, speed: float = 1) -> dict[str, float]:
    """Play the page's media element to its end, at `speed` times its own; return where it ended and the
    frames it decoded.

    Fails with the element's own error, if it has one, or if the end does not come in time.
    """
    return page.evaluate(
        """async (speed) => {
            const video = document.querySelector("video");
            video.playbackRate = speed;
            const done = new Promise((resolve, reject) => {
                video.addEventListener("ended", resolve);
                // A player that was kept from its timers may leave the end of the stream unsaid.
                video.addEventListener("waiting", () => {
                    if (video.currentTime > video.duration - 0.01) resolve();
                });
                video.addEventListener("error", () => reject(new Error(video.error.message)));
                setTimeout(() => reject(new Error(`still at ${video.currentTime}`)), 30000);
            });
            await video.play();
            await done;
            const frames = video.getVideoPlaybackQuality();
            return {
                position: video.currentTime,
                duration: video.duration,
                decoded: frames.totalVideoFrames,
                dropped: frames.droppedVideoFrames,
            };
        }""",
        speed,
    )


def wait_for_width(page: Page, width: int) -> None:
    """Wait until pictures of this width are shown: the rung has really changed, not only been asked for."""
    wait_until(page, "video.videoWidth === argument", width)
