"""What an operator may set, and what is refused in one sentence that quotes no secret."""

import pytest
from receiver import OTHER_SECRET, SECRET

from pipeline.errors import UsageError
from pipeline.webhooks.hook import Hook, hooks


def of(urls: str, secrets: str = SECRET, **more: str) -> tuple[Hook, ...]:
    return hooks({"TELECINE_WEBHOOK_URL": urls, "TELECINE_WEBHOOK_SECRET": secrets, **more})


@pytest.mark.parametrize("urls", ["", "  ", ",", " , "])
def test_none_is_set(urls: str) -> None:
    assert of(urls, "") == ()


def test_one_secret_is_for_all_urls() -> None:
    assert of("https://a.example/x, https://b.example") == (
        Hook("https://a.example/x", (SECRET,)),
        Hook("https://b.example", (SECRET,)),
    )


def test_each_url_may_have_its_own_and_two_while_they_change() -> None:
    assert of("https://a.example,https://b.example", f"{SECRET},{OTHER_SECRET} {SECRET}") == (
        Hook("https://a.example", (SECRET,)),
        Hook("https://b.example", (OTHER_SECRET, SECRET)),
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost:8000",
        "http://10.1.2.3",
        "http://192.168.0.9",
        "http://[fd00::1]:80/x",
    ],
)
def test_plain_http_is_for_private_addresses(url: str) -> None:
    assert of(url) == (Hook(url, (SECRET,)),)


def test_plain_http_elsewhere_must_be_wanted() -> None:
    with pytest.raises(UsageError, match=r"number 1: what is sent to hooks\.example over http can be read"):
        of("http://anna:pa55word@hooks.example/t0ken")
    assert len(of("http://hooks.example", TELECINE_WEBHOOK_INSECURE="1")) == 1


@pytest.mark.parametrize(
    "url",
    ["hooks.example/t0ken", "ftp://hooks.example/t0ken", "https:///t0ken", "https://a:t0ken:1", "t0ken"],
)
def test_what_is_no_url_is_refused_unquoted(url: str) -> None:
    with pytest.raises(UsageError, match="TELECINE_WEBHOOK_URL, number 2") as refused:
        of(f"https://a.example,{url}")
    assert "t0ken" not in str(refused.value)


@pytest.mark.parametrize(
    "secret",
    ["s3cret", "whsec_s3cret!", "whsec_" + "A" * 24, SECRET.removeprefix("whsec_"), f"{SECRET} whsec_"],
)
def test_what_is_no_secret_is_refused_unquoted(secret: str) -> None:
    with pytest.raises(UsageError, match="must be `whsec_` and 24 random bytes or more in base64") as refused:
        of("https://a.example", secret)
    assert secret not in str(refused.value)


@pytest.mark.parametrize("secrets", ["", f"{SECRET},{SECRET}", f"{SECRET},{SECRET},{SECRET},{SECRET}"])
def test_secrets_are_as_many_as_urls_or_one(secrets: str) -> None:
    with pytest.raises(UsageError, match=r"TELECINE_WEBHOOK_SECRET has \d secrets for 3 URLs"):
        of("https://a.example,https://b.example,https://c.example", secrets)


def test_neither_secret_nor_url_is_shown() -> None:
    hook = Hook("https://anna:pa55word@hooks.example:8443/t0ken?k=t0ken", (SECRET,))
    assert repr(hook) == "Hook()"
    assert hook.place == "https://hooks.example:8443"
