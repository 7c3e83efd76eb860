"""DRM systems by their UUIDs (https://dashif.org/identifiers/content_protection/)."""

WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"
FAIRPLAY = "94ce86fb-07ff-4f43-adb8-93d2fa968ca2"
CLEARKEY = "e2719d58-a985-b3c9-781a-b030af78d30e"

SYSTEMS = (WIDEVINE, PLAYREADY, FAIRPLAY, CLEARKEY)

ASKED = {
    WIDEVINE: ("PSSH", "ContentProtectionData"),
    PLAYREADY: ("PSSH", "ContentProtectionData"),
    FAIRPLAY: ("URIExtXKey",),
    CLEARKEY: ("PSSH", "ContentProtectionData"),
}
"""What of each the manifests need, beside the lines of HLS."""
