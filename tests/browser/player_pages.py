"""Pages with the players that viewers use, as if the origin had them.

Each has `failures`, what the player complained of; `widths()`, those of its rungs; and `force(width)`, which
chooses a rung and is false as long as it cannot. Encrypted titles are played with a token, those of a signed
origin below a link, or at another origin with its cookie.
"""

import json
from pathlib import Path

from browsing import wait_until
from playwright.sync_api import Page, Route

REPOSITORY = Path(__file__).parents[2]
FROM_NPM = REPOSITORY / ".test-tools"
OURS = REPOSITORY / "pipeline/origin/static/vendor"

PAGE = """<!doctype html><title>player</title><video muted playsinline></video>
<script src="/players/player.js"></script>
<script>
window.failures = [];
const [title, token, link] = {values};
const video = document.querySelector("video");
const authorization = `Bearer ${{token}}`;
{script}
</script>"""

HLS_JS = """
function authorize(xhr, method, url) {
    xhr.open(method, url, true);
    if (token) xhr.setRequestHeader("Authorization", authorization);
}
window.player = new Hls({
    emeEnabled: true,
    drmSystems: {"org.w3.clearkey": {licenseUrl: "/license/clearkey"}},
    licenseXhrSetup: (xhr, url) => authorize(xhr, "POST", url),
    xhrSetup: (xhr, url) => {
        if (url.includes("/keys/")) authorize(xhr, "GET", url);
        xhr.withCredentials = link.startsWith("http");
    },
});
player.on(Hls.Events.ERROR, (_, error) => failures.push(error.type + " " + error.details));
player.loadSource(`${link}/titles/${title}/master.m3u8`);
player.attachMedia(video);
window.widths = () => player.levels.map((level) => level.width);
window.force = (width) => { player.currentLevel = widths().indexOf(width); return true; };
"""

DASH_JS = """
window.player = dashjs.MediaPlayer().create();
player.on("error", (event) => failures.push(JSON.stringify(event.error)));
player.initialize(video, null, false);
player.updateSettings({streaming: {abr: {autoSwitchBitrate: {video: false}},
    trackSwitchMode: {video: "alwaysReplace"}}});
player.registerLicenseRequestFilter(async (request) => {
    if (token) request.headers.Authorization = authorization;
});
player.attachSource(`${link}/titles/${title}/manifest.mpd`);
const rungs = () => player.getTracksFor("video").flatMap((track) =>
    track.bitrateList.map((rung, index) => ({track, width: rung.width, index})));
window.widths = () => rungs().map((rung) => rung.width);
window.force = (width) => {
    const { track } = rungs().find((one) => one.width === width);
    const shown = video.videoWidth;
    if (player.getCurrentTrackFor("video").index !== track.index) player.setCurrentTrack(track);
    // dash.js loses its way when a rung is chosen while it still replaces the track.
    if (!track.bitrateList.some((rung) => rung.width === shown)) return false;
    const one = player.getRepresentationsByType("video").find((r) => r.width === width);
    player.setRepresentationForTypeById("video", one.id, true);
    return true;
};
"""

SHAKA = """
window.player = new shaka.Player();
player.addEventListener("error", (event) => failures.push(`${event.detail.code}`));
player.configure({
    abr: {enabled: false},
    drm: {
        servers: {"org.w3.clearkey": new URL("/license/clearkey", location.href).href},
        // Of several licences that are refused, Shaka Player makes no error of its own.
        failureCallback: (error) => failures.push(`${error.code}`),
    },
});
const { LICENSE, KEY } = shaka.net.NetworkingEngine.RequestType;
player.getNetworkingEngine().registerRequestFilter((type, request) => {
    if (token && (type === LICENSE || type === KEY)) request.headers.Authorization = authorization;
});
window.widths = () => player.getVariantTracks().map((track) => track.width);
window.force = (width) => {
    // Shaka Player may stall when a rung is chosen while another is still being fetched.
    if (player.getBufferedInfo().video.at(-1)?.end < video.duration - 0.1) return false;
    player.selectVariantTrack(player.getVariantTracks().find((track) => track.width === width), true);
    return true;
};
player.attach(video)
    .then(() => player.load(new URL(`${link}/titles/${title}/MANIFEST`, location.href).href))
    .catch((error) => failures.push(`${error.code}`));
"""

SCRIPTS = {
    "hls.js": HLS_JS,
    "dash.js": DASH_JS,
    "shaka hls": SHAKA.replace("MANIFEST", "master.m3u8"),
    "shaka dash": SHAKA.replace("MANIFEST", "manifest.mpd"),
}


def open_player(page: Page, name: str, title: str, token: str = "", link: str = "") -> None:
    """A page that plays `title` with the player called `name`, once it is told to; `link` is what stands
    before the plain addresses."""
    body = PAGE.format(values=json.dumps([title, token, link]), script=SCRIPTS[name])

    def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            route.fulfill(path=_library(name), content_type="text/javascript")
        else:
            route.fulfill(body=body, content_type="text/html")

    page.route("**/players/*", answer)
    page.goto("/players/page.html")


def switch_to(page: Page, width: int) -> None:
    """Play the rung of this width, from the start: the switches before may have used the title up."""
    page.evaluate("video.currentTime = 0")
    wait_until(page, "!video.seeking && force(argument)", width)
    # A player that replaces its source takes back a request to play: ask until it plays.
    wait_until(page, "(video.play().catch(() => {}), video.videoWidth === argument)", width)
    before = page.evaluate("video.currentTime")
    wait_until(page, "video.currentTime > argument + 0.1", before)


def _library(name: str) -> Path:
    if name.startswith("shaka"):
        (library,) = OURS.glob("shaka-player-*/shaka-player.compiled.js")
    else:
        (library,) = FROM_NPM.glob(f"{name.replace('dash.js', 'dashjs')}-*.js")
    return library
