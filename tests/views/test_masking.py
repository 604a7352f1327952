from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.views.masking import holds_email, mask, mask_document, mask_email


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("aws+x@example.com", "a***@e***"),
        ("mail aws+x@example.com, or b@c.example.org.", "mail a***@e***, or b***@c***."),
        ("'o'brien@example.com'", "'o***@e***'"),
        ("<a@b.co>", "<a***@b***>"),
        ("Email=a@b.co", "Email=a***@b***"),
        ("role/joe.doe@example.com", "role/j***@e***"),
        ("aws%2Bx%40example.com", "a***@e***"),
        ("ünïcode@exämple.com", "ü***@e***"),
        ("attachment:deny-root@ou:workloads/v1.2", "attachment:deny-root@ou:workloads/v1.2"),
        ("attachment:deny-root@root", "attachment:deny-root@root"),
        ("attachment:deny.all@account:a.b", "attachment:deny.all@account:a.b"),
        ("{owner}@example.com", "{owner}@example.com"),
        ("nothing here", "nothing here"),
        ("a***@d***", "a***@d***"),
    ],
)
def test_addresses_are_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.from_regex(r"\A[a-z][a-z0-9.+-]{2,20}@[a-z]{3,10}\.[a-z]{2,5}\Z"), st.text(max_size=5))
def test_no_address_survives(address: str, around: str) -> None:
    assert address not in mask(f"{around} {address} {around}")


@pytest.mark.parametrize("text", ["a" * 100_000, "a'" * 50_000, "a@" * 50_000, "a." * 50_000 + "@b", "@b." * 30_000])
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    mask(text)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(("value", "masked"), [("root@localhost", "r***@l***"), ("odd", "***"), ("", "***")])
def test_what_is_known_to_be_an_address_is_masked_whatever_it_looks_like(value: str, masked: str) -> None:
    assert mask_email(value) == masked


def test_documents_keep_their_entries() -> None:
    document = {"a1@b.co": 1, "a2@b.co": ["x@y.zz", 2, None, True], "email": "root@localhost"}
    assert mask_document(document) == {
        "a***@b***": 1,
        "a***@b*** (2)": ["x***@y***", 2, None, True],
        "email": "r***@l***",
    }


def test_names_of_addresses() -> None:
    assert holds_email("email")
    assert holds_email("contacts.security.Email")
    assert not holds_email("tags.emailed")
