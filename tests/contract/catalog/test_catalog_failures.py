"""What databases refuse or lose, told in our words, and text from elsewhere that they might refuse."""

import pytest
from filming import PLAN, film, states, take

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.records import Failure, NewJob
from pipeline.errors import OutageError, StorageError, UsageError
from tests.support.broker import free_port
from tests.support.postgres import Postgres, running_postgres


@pytest.mark.parametrize("text", ["no\0picture", "caf\udce9", "\ud83d"], ids=["NUL", "undecodable", "half"])
def test_an_error_of_any_characters_is_recorded(catalog: Catalog, text: str) -> None:
    film(catalog)
    catalog.steps.put_off(take(catalog, "plan"), Failure(text, "EncodeError", evidence=text), delay=0.0)
    catalog.steps.fail(take(catalog, "plan"), Failure(text, "EncodeError", evidence=text))
    told = {"no\0picture": "no\N{REPLACEMENT CHARACTER}picture", "caf\udce9": "caf?", "\ud83d": "?"}[text]
    job = catalog.jobs.get("film")
    assert job is not None
    assert job.error == catalog.steps.of("film")[0].error == told
    assert [(tried.error, tried.evidence) for tried in catalog.steps.attempts("film")] == [(told, told)] * 2


def test_an_error_of_any_length_is_recorded_and_the_end_of_its_evidence(catalog: Catalog) -> None:
    film(catalog)
    evidence = "configuration\n" + "frame\n" * 10_000 + "cause"
    catalog.steps.fail(take(catalog, "plan"), Failure("é" * 100_000, evidence=evidence))
    assert catalog.steps.of("film")[0].error == "é" * 4000
    (tried,) = catalog.steps.attempts("film")
    assert tried.error == "é" * 4000
    assert tried.evidence == evidence[-16_000:]


def test_what_a_database_refuses_is_told_without_what_was_to_be_stored(
    catalog: Catalog, database: str
) -> None:
    with pytest.raises(StorageError) as refused:
        catalog.jobs.open(NewJob("film", "the-film", b"secret", [PLAN, PLAN]))
    reason = {
        "sqlite": "UNIQUE constraint failed: steps.job, steps.name",
        "postgresql": 'duplicate key value violates unique constraint "steps_job_name_key"',
    }
    assert str(refused.value).startswith("cannot use the catalog ")
    assert str(refused.value).endswith(reason[database])
    assert states(catalog) == {}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:secret@127.0.0.1:{port}/catalog",
        "postgres://user:secret@127.0.0.1:{port}/catalog",
        "postgresql+psycopg://127.0.0.1:{port}/catalog?user=user&password=secret",
    ],
)
def test_a_password_is_never_told(url: str) -> None:
    port = free_port()
    with pytest.raises(OutageError) as refused:
        Catalog(url.format(port=port))
    assert f"127.0.0.1:{port}/catalog is out of reach: " in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "secret",
        "mysql://user:secret@host/name",
        "postgresql://user:a/b@host:secret/name",
        "oracle://secret",
    ],
)
def test_a_url_of_no_database_that_we_know_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        Catalog(url)
    assert str(refused.value) == (
        "the URL of the catalog is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST:PORT/NAME"
    )


def test_a_password_that_would_be_taken_for_the_host_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^write the @ in the password of the catalog's URL as %40$"):
        Catalog("postgresql://user:sec@ret@host/name")


def test_a_server_that_is_down_is_an_outage_and_nothing_committed_is_lost() -> None:
    with running_postgres() as server, server.database() as url:
        catalog = Catalog(url)
        film(catalog)
        take(catalog, "plan")
        server.kill()
        with pytest.raises(OutageError, match=f"127.0.0.1:{server.port}/test_.* is out of reach: "):
            catalog.jobs.get("film")
        server.start()
        assert states(catalog) == {"plan": "running"}
        catalog.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_ended_is_replaced(catalog: Catalog, postgres: Postgres) -> None:
    film(catalog)
    ours = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'telecine'"
    postgres.execute(ours)
    assert states(catalog) == {"plan": "ready"}
