from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.security.secrets import find_secrets, new_secrets, redact

SECRETS = [
    ("aws-key", "AKIAIOSFODNN7EXAMPLE"),
    ("github-token", "ghp_" + "a1B2" * 9),
    ("github-token", "github_pat_" + "a1B2_" * 14),
    ("gitlab-token", "glpat-" + "a1B2" * 5),
    ("anthropic-key", "sk-ant-api03-" + "a1B2" * 10),
    ("openai-key", "sk-proj-" + "a1B2" * 10),
    ("openai-key", "sk-" + "a1B2" * 12),
    ("huggingface-token", "hf_" + "aBcD" * 9),
    ("slack-token", "xoxb-123456789012-abcdefABCDEF"),
    ("google-key", "AIza" + "a1B2c" * 7),
    ("stripe-key", "sk_live_" + "a1B2" * 6),
    ("jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0"),
    ("openai-key", "sk-or-v1-" + "a1b2" * 16),
    ("slack-token", "xapp-1-A012B345C-1234567890123-" + "a1b2" * 16),
    ("gitlab-token", "glrt-" + "a1B2" * 5),
    ("google-key", "ya29." + "a1B2c" * 20),
    ("azure-key", "AccountKey=" + "a1B2" * 21 + "aB=="),
    ("azure-key", "sig=" + "a1B2" * 10 + "aB3%3D"),
    ("vendor-token", "dop_v1_" + "a1b2" * 16),
    ("vendor-token", "shpat_" + "a1b2" * 8),
    ("vendor-token", "dapi" + "a1b2" * 8),
    ("vendor-token", "hvs." + "a1B2" * 23),
    ("vendor-token", "glsa_" + "a1B2" * 8 + "_a1b2c3d4"),
    ("vendor-token", "dckr_pat_" + "a1B2c" * 5 + "aB"),
    ("vendor-token", "lin_api_" + "a1B2" * 10),
    ("vendor-token", "PMAK-" + "a1b2" * 6 + "-" + "a1b2" * 8 + "c3"),
    ("vendor-token", "NRAK-" + "A1B" * 9),
    ("vendor-token", "dp.pt." + "a1B2" * 10 + "c3D"),
    ("vendor-token", "rubygems_" + "a1b2" * 12),
    ("vendor-token", "AGE-SECRET-KEY-1" + "A2" * 29),
    ("vendor-token", "whsec_" + "a1B2" * 8),
    ("vendor-token", "ATATT3xFfGF0" + "a1B2" * 40),
    ("vendor-token", "gsk_" + "a1B2" * 13),
    ("vendor-token", "xai-" + "a1B2" * 20),
    ("vendor-token", "pplx-" + "a1B2" * 12),
    ("vendor-token", "ABSK" + "a1B2" * 30),
    ("private-key", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----"),
]


@pytest.mark.parametrize(("kind", "value"), SECRETS)
def test_known_formats(kind: str, value: str) -> None:
    text = f"before {value} after"
    assert [(s.kind, s.value) for s in find_secrets(text)] == [(kind, value)]
    assert redact(text) == f"before [redacted:{kind}] after"


@pytest.mark.parametrize(
    ("name", "secret"), [("a1B8", "Q~" + "a1B2_" * 6 + "aB3d"), ("1234567890", ":AA" + "a1B" * 11)]
)
def test_formats_that_are_known_by_their_middle(name: str, secret: str) -> None:
    assert [s.value for s in find_secrets(f"before {name}{secret} after")] == [secret]
    assert find_secrets(f"before {name[:3]} {secret} after") == []


def _key(lines: int) -> str:
    return "\n".join(f"{number:04d}" + "aB3+dE5/fG7h" * 5 for number in range(lines))


@pytest.mark.parametrize("kind", ["RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "PRIVATE KEY"])
@pytest.mark.parametrize("lines", [3, 26, 50, 100, 250])
def test_private_keys_of_every_length_are_whole(kind: str, lines: int) -> None:
    key = f"-----BEGIN {kind}-----\n{_key(lines)}\n-----END {kind}-----"
    for text in (f"before {key} after", key.replace("\n", "\\n"), f"{key}\n{key}"):
        assert [s.kind for s in find_secrets(text)] == ["private-key"] * text.count("BEGIN")
        assert "aB3" not in redact(text)
    other = f"-----BEGIN {kind}-----\n{_key(lines).swapcase()}\n-----END {kind}-----"
    assert len(new_secrets(other, key)) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"-----BEGIN PRIVATE KEY-----\n{_key(20)}\n",
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{_key(120)}\naB3d==\n",
        "key = (\n    '-----BEGIN PRIVATE KEY-----\\n'\n"
        + "".join(f"    '{line}\\n'\n" for line in _key(20).split("\n")),
    ],
)
def test_private_keys_that_are_cut_off_are_redacted_too(text: str) -> None:
    assert "aB3" not in redact(text)
    assert redact(redact(text)) == redact(text)


def test_code_about_private_keys_is_no_key() -> None:
    text = 'if line == "-----BEGIN PRIVATE KEY-----":\n    return read_the_rest_of_the_key(line)\n'
    assert redact(text).endswith('":\n    return read_the_rest_of_the_key(line)\n')


@pytest.mark.parametrize(
    "text",
    [
        "const apiKey = `aB3dE5fG7hJ9kL1mN2pQ`;",
        'token = """aB3dE5fG7hJ9kL1mN2pQ"""',
        "url = 'https://aB3dE5fG7hJ9kL1mN2pQaB3dE5fG7hJ9kL1m@github.com/a/b'",
        'parser.add_argument("--token", default="aB3dE5fG7hJ9kL1mN2pQ")',
    ],
)
def test_random_values_behind_other_signs(text: str) -> None:
    assert len(find_secrets(text)) == 1
    assert "aB3d" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "aB3dE5fG7hJ9kL1mN2pQ"',
        "DB_PASSWORD: 'x9K2mQ7pL4vN8wR3'",
        '{"client_secret": "x9K2-mQ7p_L4vN8wR3zz"}',
        "export AUTH_TOKEN=x9K2mQ7pL4vN8wR3zzT5y",
        'secret_key: str = "x9K2mQ7pL4vN8wR3"',
        "Authorization: Bearer x9K2mQ7pL4vN8wR3zz",
        "postgres://app:x9K2mQ7pL4vN8wR3@db/x",
    ],
)
def test_random_values_in_telling_places(text: str) -> None:
    assert len(find_secrets(text)) == 1
    assert "x9K2" not in redact(text)
    assert "aB3d" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        'password = "correct horse battery staple"',
        'password = "your-password-goes-here-1"',
        'token = "${GITHUB_TOKEN_FOR_CI_1}"',
        "token = generate_token_v2_for_user()",
        "token = self._settings.token_for_user1",
        "api_key = os.environ['MY_SERVICE_API_KEY_1']",
        'token_url = "https://x.example.com/oauth2/v2/token"',
        'password_hash = "5f4dcc3b5aa765d61d8327deb882cf99"',
        'secret_name = "projects/p1/secrets/s2/versions/3"',
        'sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        "sk-learn is not a key, task-" + "abcdefgh" * 5,
        "def reset_password(token: str) -> None: ...",
        "http://user:pass@localhost/",
        "https://github.com/a/b@v1.2.3",
        "ssh://git@host/a",
        "https://me@host/x",
        "see dapi-docs, hvs.md, gsk_layer_normalisation_of_inputs_and_all_outputs, xai-parts",
        "key = `${prefix}-of-the-${name}-number-1`",
        'spec = ("_x509_token", "_X509_TOKEN_EXCHANGE_URL")',
        'token = tokens.get("access_token", "the default is this text")',
        'parser.add_argument("--token", help="aB3dE5fG7hJ9kL1mN2pQ")',
    ],
)
def test_ordinary_code_holds_no_secret(text: str) -> None:
    assert find_secrets(text) == []


def test_the_standard_library_holds_no_secret() -> None:
    folder = Path(ast.__file__).parent
    texts = [path.read_bytes().decode("utf-8", "replace") for path in folder.glob("[a-i]*.py")]
    assert [find_secrets(text) for text in texts if find_secrets(text)] == []


def test_logs_lose_passwords_in_urls_whatever_they_look_like() -> None:
    assert redact("git clone https://me:hunter2@host/x") == (
        "git clone https://me:[redacted:url-password]@host/x"
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('password = "hunter22"', 'password = "[redacted:assigned-secret]"'),
        ("db.password: str = 's3cret!'", "db.password: str = '[redacted:assigned-secret]'"),
        ('{"passwd": "Tr0ub4dor&3"}', '{"passwd": "[redacted:assigned-secret]"}'),
        ('connect(pwd="abc123")', 'connect(pwd="[redacted:assigned-secret]")'),
        ('password = "hunter"', 'password = "hunter"'),
        ('password_field = "input12"', 'password_field = "input12"'),
        ('compass = "north-12"', 'compass = "north-12"'),
    ],
)
def test_what_is_kept_loses_short_passwords_and_no_change_is_refused_for_them(
    text: str, kept: str
) -> None:
    assert redact(text) == redact(kept) == kept
    assert find_secrets(text) == []


def test_moved_secrets_are_not_new() -> None:
    key = 'k = "ghp_' + "a1B2" * 9 + '"\n'
    assert new_secrets(f"x = 1\n{key}", f"{key}x = 2\n") == []
    assert len(new_secrets("x = 1\n", key)) == 1


@given(st.text(max_size=200), st.sampled_from(SECRETS), st.text(max_size=200))
def test_redacting_twice_changes_nothing(before: str, secret: tuple[str, str], after: str) -> None:
    text = f"{before} {secret[1]} {after}"
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize(
    "text",
    ["password" * 25_000, "a://" * 50_000, "eyJ" * 60_000, "-----BEGIN PRIVATE KEY-----" * 3_000,
     "token" + " " * 200_000, "secret='" * 25_000, "a" * 200_000, "bearer " * 30_000],
)  # fmt: skip
def test_hostile_texts_take_no_long_time(text: str) -> None:
    started = time.process_time()
    redact(text)
    assert time.process_time() - started < 2.0
