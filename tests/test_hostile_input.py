"""What no browser sends: nobody is answered with a server error, and nothing leaves the studio's own host."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.utils.module_loading import import_string

from generations.models import Generation, Verdict
from team.models import Invitation, User
from tests.people import PASSWORD
from tests.studio_rows import make_rows

FORM = "application/x-www-form-urlencoded"
HALF = "\\ud800"  # what the charset "unicode_escape" reads as half of a character


@pytest.fixture
def mei_at_work(client: Client, mei: User) -> Client:
    client.force_login(mei)
    return client


def multipart(**fields: str) -> bytes:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    return "".join([*parts, "--x--\r\n"]).encode()


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "utf-16", "hex", "idna", "no-such-charset"])
def test_a_charset_that_makes_half_characters_is_refused(
    mei_at_work: Client, mei: User, charset: str
) -> None:
    content_type = f"multipart/form-data; boundary=x; charset={charset}"
    for address in ("/settings/", "/", "/language/", "/account/login/"):
        body = multipart(name=HALF, prompt=HALF, theme="dark", login=HALF)
        answer = mei_at_work.generic("POST", address, body, content_type=content_type)
        assert answer.status_code == 400, address
    mei.refresh_from_db()
    assert mei.name == "Mei"


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "utf-16"])
def test_a_charset_that_makes_half_characters_of_an_address_is_refused(
    mei_at_work: Client, charset: str
) -> None:
    headers = {"content-type": f"text/plain; charset={charset}"}

    assert mei_at_work.get("/", {"prompt": HALF}, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; charset=hex",
        'a/b; charset="base64"',
        "a/b; charset*=x''y",
        "a/b; charset=u\0",
        "a/b; charset=idna",
    ],
)
def test_a_charset_that_is_none_for_text_is_answered_with_a_page(
    db: None, monkeypatch: pytest.MonkeyPatch, content_type: str
) -> None:
    handler = ClientHandler()  # Django's own would close the test's database
    monkeypatch.setattr("imagestudio.wsgi._django", lambda environ, start_response: handler(environ))
    environ = RequestFactory().get("/account/login/?next=%2F").environ | {"CONTENT_TYPE": content_type}

    answer = import_string("imagestudio.wsgi.application")(environ, None)

    assert answer.status_code == 400
    assert b"<h1" in answer.content


@pytest.mark.parametrize("broken", ["%00", "%ED%A0%80", "%FF%FE", "%C3%28", "%F0%9F", "%uD800"])
def test_broken_text_in_any_field_is_no_server_error(
    client: Client, ada: User, mei: User, rui: User, broken: str
) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada)
    client.force_login(ada)
    forms = {
        "/": f"prompt=a{broken}&model=a{broken}&n=1&submit_token={broken}&size={broken}",
        f"/review/{rows.case.pk}/": f"decision=right&version=1&note=a{broken}",
        f"/review/{rows.case.pk}/?show={broken}": f"decision={broken}&version={broken}&image={broken}",
        f"/review/{rows.case.pk}/assign/": f"to={broken}",
        "/review/bulk/": f"decision=right&case={rows.case.pk}:{broken}&note=a{broken}",
        "/review/undo/": f"verdict={broken}&next=/{broken}",
        f"/images/{rows.image.pk}/report/": f"words=a{broken}",
        "/settings/": f"name=a{broken}&language=en&theme={broken}",
        "/language/": f"theme={broken}&language={broken}&next=/{broken}",
        "/team/invite/": f"email=a{broken}@studio.example&role={broken}",
        f"/team/members/{mei.pk}/role/": f"role={broken}",
        "/account/password/change/": f"oldpassword={broken}&password1={broken}&password2={broken}",
        "/account/password/reset/": f"email=a{broken}@studio.example",
        f"/admin/team/user/{mei.pk}/change/": f"email=a@b.example&name=a{broken}&theme=dark",
        f"/admin/generations/endpoint/{rows.endpoint.pk}/change/": f"name={broken}&base_url={broken}",
    }
    for address, body in forms.items():
        assert client.post(address, body, content_type=FORM).status_code < 500, address
    visitor = Client()
    for address in ("/account/login/", f"/team/join/{rows.token}/"):
        body = f"login=a{broken}@b.example&password={broken}&name=a{broken}&password1={broken}&next={broken}"
        assert visitor.post(address, body, content_type=FORM).status_code < 500, address


@pytest.mark.parametrize(
    "broken", ["%00", "%ED%A0%80", "%FF", "-1", "9" * 5000, "NaN", "1e999", "x" * 60_000]
)
@pytest.mark.parametrize(
    "address",
    [
        "/history/?after=",
        "/review/?after=",
        "/review/?state=",
        "/review/?state=all&member=",
        "/review/?category=",
        "/review/?decided=",
        "/review/log/?reviewer=",
        "/review/log/?since=",
        "/review/looks/?reader=",
        "/live/?v=",
        "/?from=",
        "/?prompt=",
        "/options/?model=",
        "/options/?n=",
        "/account/login/?next=",
        "/admin/login/?next=",
        "/admin/generations/generation/?q=",
        "/admin/generations/generation/?reason__exact=",
        "/admin/generations/generation/?p=",
        "/admin/team/user/?role__exact=",
    ],
)
def test_no_query_is_a_server_error(client: Client, ada: User, address: str, broken: str) -> None:
    client.force_login(ada)
    for visitor in (client, Client()):
        assert visitor.get(address + broken).status_code < 500


@pytest.mark.parametrize("name", ["studio", "csrftoken", "messages", "django_language", "studio_theme"])
def test_a_broken_cookie_is_no_server_error(db: None, name: str) -> None:
    for value in (r'"\000\000\000\000\000\000\000\000"', r'"\377\377\377\377aaaaaaaa"', "x" * 4000, "é" * 9):
        for address in ("/", "/account/login/"):
            assert Client().get(address, headers={"cookie": f"{name}={value}"}).status_code < 500


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 500,
        "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=x",
        "application/json",
        "x",
    ],
)
def test_a_broken_form_is_no_server_error(mei_at_work: Client, mei: User, content_type: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nA\r\n--x\r\nbroken \xff'

    assert mei_at_work.generic("POST", "/settings/", body, content_type=content_type).status_code in (
        200,
        400,
    )
    mei.refresh_from_db()
    assert mei.name == "Mei"


def test_too_many_fields_are_refused(mei_at_work: Client) -> None:
    body = "&".join(f"field{number}=1" for number in range(400))

    assert mei_at_work.post("/", body, content_type=FORM).status_code == 400
    assert mei_at_work.get(f"/history/?{body}").status_code == 400


def test_a_prompt_of_three_megabytes_comes_back_with_a_sentence_at_its_field(mei_at_work: Client) -> None:
    prompt = "x" * 3_000_000

    answer = mei_at_work.post("/", {"prompt": prompt, "model": "gpt-image-2", "n": 1})

    assert answer.status_code == 422
    assert answer.context["form"]["prompt"].value() == prompt
    assert prompt in answer.content.decode()


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=x"])
def test_what_is_larger_than_the_studio_takes_is_told_so(mei_at_work: Client, content_type: str) -> None:
    body = multipart(prompt="x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    answer = mei_at_work.generic("POST", "/", body, content_type=content_type)

    page = answer.content.decode()
    assert answer.status_code == 413
    assert "This is too large" in page
    assert "your draft is kept" in page
    assert not Generation.objects.exists()


def test_nobody_fills_the_disk_with_a_file(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(*args: object) -> None:
        raise AssertionError("a file was begun")

    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryFileUploadHandler.new_file", written)
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"x" * 6_000_000

    answer = Client().generic("POST", "/account/login/", body, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "address", ["a" * 64 + "@" + "b" * 60 + ".c" * 100, "a@" + "İ" * 60 + "." + "İ" * 60]
)
def test_an_address_that_is_too_long_to_keep_is_an_error_at_its_field(
    client: Client, ada: User, address: str
) -> None:
    address += "." + "d" * 60 + ".example"
    client.force_login(ada)

    answer = client.post("/team/invite/", {"email": address, "role": "member"})

    assert "email" in answer.context["invite_form"].errors
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("target", ["foo", "team:members", "a\nb", "%0d%0aSet-Cookie:a=b", "..", "x" * 2000])
def test_a_word_is_no_address_to_go_on_to(client: Client, ada: User, target: str) -> None:
    assert client.post("/language/", {"theme": "dark", "next": target}).status_code == 302
    client.post("/account/login/", {"login": ada.email, "password": PASSWORD, "next": target})
    for answer in (
        client.get("/admin/login/", {"next": target}),
        client.post("/account/logout/", {"next": target}),
    ):
        assert answer.status_code == 302
        assert "\n" not in answer.headers["Location"]
        assert urlsplit(answer.headers["Location"])[:2] == ("", "")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "testserver@evil.example",
        "testserver#",
        "testserver/..",
        "",
        "[::1",
        "localhost.evil.example",
    ],
)
def test_another_host_is_not_answered(db: None, host: str) -> None:
    answer = Client().get("/account/login/", headers={"host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_nobody_says_for_whom_they_forward_unless_a_proxy_does(client: Client, ada: User) -> None:
    client.force_login(ada)
    forged = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "8443",
        "forwarded": "host=evil.example;proto=https",
        "x-original-url": "/history/",
        "x-rewrite-url": "/history/",
        "x-http-method-override": "DELETE",
        "remote-user": "mei@studio.example",
    }

    page = client.post("/team/invite/", {"email": "", "role": "member"}, headers=forged)

    assert page.context["link"].startswith("http://testserver/team/join/")
    assert Client().get("/history/", headers=forged).headers["Location"].startswith("/account/login/")


def test_a_reviewers_note_keeps_any_script(client: Client, ada: User, mei: User, rui: User) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada)
    note = "שלום \u202e🐱\u200d👤 一只"
    client.force_login(rui)
    client.post("/review/undo/", {"verdict": rows.verdict.pk})

    client.post(f"/review/{rows.case.pk}/", {"decision": "unclear", "version": "2", "note": note})

    assert Verdict.objects.latest("pk").note == note


@pytest.mark.parametrize(("asked", "words"), [("zh-CN", "无法读取请求"), ("en", "could not be read")])
def test_a_request_that_cannot_be_read_is_told_so_in_its_own_language(
    client: Client, db: None, asked: str, words: str
) -> None:
    other = "en" if asked == "zh-CN" else "zh-CN"
    client.get("/account/login/", headers={"Accept-Language": other})

    answer = client.get("/?a=%00", headers={"Accept-Language": asked})

    assert answer.status_code == 400
    assert words in answer.content.decode()
