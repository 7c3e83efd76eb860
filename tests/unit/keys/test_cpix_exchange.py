"""Keys from a key service: what it is asked, and services that do not answer well."""

import pytest
from tenacity import wait_none

from pipeline.errors import KeysError, OutageError, TelecineError, UsageError
from pipeline.keys.cpix.provider import CpixKeys
from pipeline.keys.cpix.service import KeyService as Client
from pipeline.keys.cpix.systems import CLEARKEY, FAIRPLAY, PLAYREADY, SYSTEMS, WIDEVINE
from pipeline.keys.opening import KeyStore
from pipeline.keys.record import Signalling
from pipeline.keys.secret import Secret
from tests.unit.keys.key_service import NAMES, KeyService, key_of
from tests.unit.keys.spelling import told

CLASSES = ("audio", "sd", "hd", "uhd")


def test_keys_and_signalling_are_those_of_the_service(provider: CpixKeys) -> None:
    keys = provider.keys("job-1", "film", CLASSES)
    assert [keys[one].key for one in CLASSES] == [Secret(key_of(str(keys[one].uuid))) for one in CLASSES]
    assert keys["hd"].iv == keys["hd"].key.reveal()[::-1]
    signals = {one.system: one for one in keys["hd"].signalling}
    assert sorted(signals) == sorted(SYSTEMS)
    assert signals[WIDEVINE] == Signalling(
        system=WIDEVINE,
        pssh=f"PSSH of {WIDEVINE}".encode(),
        content_protection=f"ContentProtectionData of {WIDEVINE}",
        hls_media=f"HLSSignalingDatamedia of {WIDEVINE}",
        hls_master=f"HLSSignalingDatamaster of {WIDEVINE}",
    )
    assert signals[FAIRPLAY].key_uri == f"URIExtXKey of {FAIRPLAY}"
    assert signals[PLAYREADY].pssh
    assert signals[CLEARKEY].content_protection


def test_it_is_asked_once_and_by_the_rules(provider: CpixKeys, service: KeyService) -> None:
    first = provider.keys("job-1", "film", ["audio", "hd"])
    assert provider.keys("job-1", "film", ["audio", "hd"]) == first
    ((headers, _),) = service.requests
    assert headers["content-type"] == "application/xml"
    assert headers["x-speke-version"] == "2.0"
    assert headers["x-speke-user-agent"].startswith("telecine/")
    assert headers["authorization"] == "Basic dXNlcjpwYXNz"


def test_a_job_that_lost_the_answer_asks_for_the_same_keys(provider: CpixKeys, service: KeyService) -> None:
    service.manners += ["hang_up"]
    with pytest.raises(OutageError, match=r"the key service 127.0.0.1 did not answer: RemoteProtocolError"):
        provider.keys("job-1", "film", ["hd"])
    provider.keys("job-1", "film", ["hd"])
    asked = [document.find("cpix:ContentKeyList/cpix:ContentKey", NAMES) for _, document in service.requests]
    assert len({key.get("kid") for key in asked if key is not None}) == 1
    assert len(asked) == 2


def test_it_is_asked_again_where_it_did_nothing(provider: CpixKeys, service: KeyService) -> None:
    service.manners += ["busy", "busy"]
    assert len(provider.keys("job-1", "film", ["hd"])) == 1
    assert len(service.requests) == 3


REFUSED = {
    "busy": (OutageError, "answered with status 503", 3),
    "fail": (OutageError, "answered with status 500", 1),
    "refuse": (KeysError, "answered with status 422", 1),
    "redirect": (KeysError, "answered with status 307", 1),
    "flood": (KeysError, "answered with more than any document has", 1),
    "old": (KeysError, "speaks another SPEKE than 2.0", 1),
    "bomb": (KeysError, "a document type, which CPIX has none of", 1),
    "babble": (KeysError, "something that is not XML", 1),
}


@pytest.mark.parametrize("manner", REFUSED)
def test_services_that_do_not_answer_well(manner: str, provider: CpixKeys, service: KeyService) -> None:
    kind, words, times = REFUSED[manner]
    service.manners += [manner] * 3
    with pytest.raises(TelecineError, match=words) as caught:
        provider.keys("job-1", "film", ["hd"])
    assert type(caught.value).__mro__[:3].count(kind) == 1
    assert len(service.requests) == times
    assert not [word for word in ("hunter2", "dXNl") if word in told(caught.value)]


def test_a_service_that_is_not_there(store: KeyStore, service: KeyService) -> None:
    nobody = Client("https://127.0.0.1:1/hunter2", wait=wait_none())
    with pytest.raises(OutageError, match=r"the key service 127.0.0.1 is out of reach") as caught:
        CpixKeys(store.vault, nobody, "cbcs").keys("job-1", "film", ["hd"])
    assert "hunter2" not in told(caught.value)


def test_a_service_that_nobody_vouches_for(
    provider: CpixKeys, service: KeyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(KeysError, match=r"the certificate of the key service 127.0.0.1 is not to be trusted"):
        provider.keys("job-1", "film", ["hd"])
    assert service.requests == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/hunter2", "hunter2", "https:///hunter2", "https://hunter2@127.0.0.1/"]
)
def test_urls_that_are_not_asked(url: str) -> None:
    with pytest.raises(UsageError, match="--cpix:") as caught:
        Client(url)
    assert "hunter2" not in str(caught.value)
