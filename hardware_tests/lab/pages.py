"""How a person reads pages on a phone without JavaScript: links followed, forms filled in, cookies kept."""

from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from hardware_tests.lab.phones import PROBE, Answer, Machine

REDIRECTS_MAX = 5
FORM_TYPE = "application/x-www-form-urlencoded"
_UNREAD = ("script", "style", "template", "title")


class Form(NamedTuple):
    """A form as it stands on its page: what it would send, and where."""

    action: str
    method: str
    fields: dict[str, str]
    boxes: frozenset[str]  # of fields: checkboxes that are not ticked

    def asks_for(self, name: str) -> bool:
        """Whether it has such a field."""
        return name in self.fields or name in self.boxes


class Page(NamedTuple):
    """What is open in the browser."""

    url: str
    answer: Answer
    text: str  # what is read, without markup
    forms: tuple[Form, ...]
    links: tuple[str, ...]

    def form(self, action: str) -> Form:
        """The form that goes to such a path; AssertionError where there is none."""
        found = [form for form in self.forms if urlsplit(form.action).path == action]
        assert found, f"no form to {action} at {self.url} ({self.answer.status}):\n{self.text}"
        return found[0]


class Browser:
    """A phone's browser, with cookies; a mini-browser is a fresh one that nobody keeps."""

    def __init__(self, phone: Machine, language: str = "en") -> None:
        self.phone = phone
        self.language = language
        self.cookies: dict[str, str] = {}

    def open(self, url: str) -> Page:
        """The page that an address leads to; raises OSError."""
        return self._arrive(url, self.send("GET", url))

    def pop_up(self) -> Page:
        """What opens by itself once the system's probe is led elsewhere."""
        probed = self.phone.get(PROBE)
        assert probed.goes_to, f"the probe is not led anywhere: {probed.status} {probed.body[:200]!r}"
        return self.open(urljoin(PROBE, probed.goes_to))

    def submit(self, page: Page, form: Form, **values: str) -> Page:
        """Fill in and send; names must be on the form. Raises OSError."""
        unknown = [name for name in values if not form.asks_for(name)]
        assert not unknown, f"no field {unknown} on the form to {form.action}: {sorted(form.fields)}"
        return self.post(page, form, {**form.fields, **values})

    def post(self, page: Page, form: Form, values: dict[str, str]) -> Page:
        """Send these values from this page, as its form would."""
        parts = urlsplit(page.url)
        headers = {
            "Content-Type": FORM_TYPE,
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "Referer": page.url,
            "Sec-Fetch-Site": "same-origin",
        }
        url = urljoin(page.url, form.action)
        return self._arrive(url, self.send("POST", url, headers, urlencode(values).encode()))

    def send(self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request with language and cookies; new cookies are kept."""
        sent = {"Accept-Language": self.language, "Accept": "text/html", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.phone.ask(method, url, sent, body)
        self.cookies.update(answer.cookies)
        return answer

    def _arrive(self, url: str, answer: Answer) -> Page:
        for _ in range(REDIRECTS_MAX):
            if not answer.goes_to:
                return read(url, answer)
            url = urljoin(url, answer.goes_to)
            answer = self.send("GET", url)
        raise OSError(f"{url} redirects for ever")


def read(url: str, answer: Answer) -> Page:
    """An answer as a page."""
    reader = _Reader()
    if answer.headers.get("content-type", "").startswith("text/html"):
        reader.feed(answer.text)
    text = " ".join(" ".join(reader.words).split())
    return Page(url, answer, text, tuple(reader.made()), tuple(reader.links))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._forms: list[tuple[str, str, dict[str, str], set[str]]] = []
        self._unread: list[str] = []
        self._open = False

    def made(self) -> list[Form]:
        return [
            Form(action, method, fields, frozenset(boxes)) for action, method, fields, boxes in self._forms
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in _UNREAD:
            self._unread.append(tag)
        elif tag == "form":
            self._forms.append((found.get("action", ""), found.get("method", "get").lower(), {}, set()))
            self._open = True
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag in ("input", "textarea", "select", "button") and self._open and found.get("name"):
            self._field(found)

    def _field(self, found: dict[str, str]) -> None:
        _, _, fields, boxes = self._forms[-1]
        if found.get("type") in ("checkbox", "radio") and "checked" not in found:
            boxes.add(found["name"])
        else:
            fields.setdefault(found["name"], found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif self._unread and self._unread[-1] == tag:
            self._unread.pop()

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)
