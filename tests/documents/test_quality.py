"""What is refused as no text at all, what is only suspicious, and that no language is either."""

import string
from collections.abc import Callable

import pytest

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.quality import FEW_WORDS, judge
from cveval_submit.extraction.reading import read
from tests.documents.forge import CAREER, line, pdf

LANGUAGES = {
    "German": "Als leitender Softwareentwickler verantwortete ich die Weiterentwicklung der Zahlungsplattform und führte ein "
    "Team von fünf Personen. Die Rechtsschutzversicherungsgesellschaft senkte ihre Betriebskosten um dreißig Prozent. "
    "Kenntnisse: Datenbanken, Verschlüsselung, Qualitätssicherung, Angstschweiß, GmbH & Co. KG.",
    "French": "Développeuse confirmée, j’ai conçu des interfaces pour l’hôpital régional et dirigé une équipe de sept "
    "personnes pendant trois années. Maîtrise des bases de données, gestion d’œuvres numériques, français courant.",
    "Indonesian": "Saya bekerja sebagai insinyur perangkat lunak selama lima tahun dan memimpin pengembangan sistem "
    "pembayaran untuk perusahaan teknologi. Pengalaman saya meliputi perancangan basis data dan pengujian otomatis.",
    "Polish": "Jestem programistą z pięcioletnim doświadczeniem w tworzeniu rozproszonych systemów płatniczych. Współpracowałem "
    "z zespołem analityków, wdrażałem mikrousługi i skróciłem czas odpowiedzi o czterdzieści procent. Źródła, chrząszcz.",
    "Czech": "Vedl jsem vývoj platformy pro zpracování dat, čtvrt roku strávil v zahraničí a zkrátil dobu nasazení. "
    "Znalosti databází a programovacích jazyků, smysl pro týmovou práci, vzdělání na Vysokém učení technickém v Brně.",
    "Vietnamese": "Tôi là kỹ sư phần mềm với năm năm kinh nghiệm xây dựng hệ thống thanh toán trực tuyến. Tôi đã lãnh đạo "
    "nhóm phát triển và giảm chi phí vận hành đáng kể cho công ty thương mại điện tử.",
    "Finnish": "Toimin johtavana ohjelmistokehittäjänä ja vastasin maksujärjestelmän jatkokehityksestä sekä viiden hengen "
    "tiimistä. Vähensin käyttökustannuksia kolmanneksella. Järjestelmäsuunnittelu, tietokannat, laadunvarmistus, itsenäinen "
    "työskentely ja uusien työntekijöiden perehdytys.",
    "Russian": "Работал ведущим инженером, руководил командой из пяти человек и отвечал за развитие платёжной системы. "
    "Знание баз данных, тестирование, английский язык, немецкий язык, управление проектами.",
    "Chinese": "我在一家科技公司担任软件工程师五年，负责支付系统的开发和维护，领导五人团队，降低了百分之三十的运营成本。",
    "Hindi": "मैंने पाँच वर्षों तक सॉफ़्टवेयर इंजीनियर के रूप में काम किया और भुगतान प्रणाली के विकास का नेतृत्व किया। "
    "डेटाबेस, परीक्षण और परियोजना प्रबंधन का ज्ञान।",
    "names": "Krzysztof Brzęczyszczykiewicz, Mstislav Rostropovich, Ng Wei Ling, Smyth Flynn, Schwartz Hirsch, Grzegorz "
    "Szczepański, Vlk Krč, O’Connor McKnight, Jean-Luc d’Artagnan, Xochitl Hrdlička, Ruud van der Meer, Gwyn Llwyd",
    "abbreviations": "AWS EC2 S3 RDS, HTML CSS SCSS HTTPS gRPC REST JSON XML, PostgreSQL MySQL NoSQL, CI/CD Kubernetes (k8s) "
    "C++ C# .NET ASP.NET, XHTML LDAP SMTP TCP/IP DHCP, HRBP CPHR MBBS, PyTorch scikit-learn BERT, HPLC GCMS, npm Jest",
    "lines": "Ada Example\n" + "-" * 80 + "\n" + "Built services in Python for many years. " * 6 + "=" * 80,
    "an address list": "ada@example.com https://example.com/ada www.example.com/ada?page=1#top " * 8,
}


@pytest.mark.parametrize("text", LANGUAGES.values(), ids=LANGUAGES)
def test_no_language_is_refused_or_suspicious(text: str) -> None:
    assert read(text.encode()).warnings == ()


def shifted(text: str) -> str:
    """The numbers of glyphs instead of letters: a font without a table back."""
    return text.translate({code: code - 29 for code in range(32, 127)})


def numbered(text: str) -> str:
    """The letters in the order in which they first occur, as fonts of a few letters have them."""
    letters = dict.fromkeys("".join(text.split()))
    return text.translate({ord(char): 33 + number for number, char in enumerate(letters)})


def unnamed(text: str) -> str:
    return text.translate({ord(char): 0xF000 + ord(char) for char in string.ascii_letters})


def unknown(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, "fstb"), 0xFFFD))


def mistaken(text: str) -> str:
    """A Cyrillic code page taken for a Latin one."""
    return LANGUAGES["Russian"].encode("cp1251").decode("latin-1")


@pytest.mark.parametrize("garble", [shifted, numbered, unnamed, unknown, mistaken])
@pytest.mark.parametrize("language", ["German", "French", "Indonesian", "Polish", "Finnish"])
def test_text_from_fonts_that_cannot_be_mapped_back_is_refused(
    garble: Callable[[str], str], language: str
) -> None:
    with pytest.raises(UnreadableDocument, match="lack the table from shapes to letters; export it again"):
        judge(garble(LANGUAGES[language] * 2), 1)


def test_a_pdf_with_such_a_font_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="lack the table"):
        read(pdf(line(numbered(CAREER).replace("\n", " "), x=0, size=3)))


def test_a_text_with_some_such_words_is_read_and_reported() -> None:
    text = LANGUAGES["German"] + " Xqzrtw Bcdfgh Wrtzpl Qwrtzp Sdfghj"
    assert read(text.encode()).warnings == ("low_quality:unlikely_words",)


def test_pictograms_before_a_phone_number_are_not_suspicious() -> None:
    text = "\uf095 555-0100 \uf0e0 ada@example.com \uf015 Springfield " + LANGUAGES["German"]
    assert read(text.encode()).warnings == ()


def test_a_document_of_one_line_is_read_and_reported() -> None:
    document = read(b"Ada Example, Python engineer, five years, ada@example.com")
    assert document.warnings == ("low_quality:few_words",)


def test_few_words_are_counted_by_the_page() -> None:
    page = line("word " * FEW_WORDS, size=3)
    assert read(pdf(page)).warnings == ()
    assert read(pdf(page, lambda canvas: None)).warnings == ("low_quality:few_words",)


def test_a_cv_of_two_hundred_pages_is_read_whole() -> None:
    pages = [
        line(
            f"Page {number} tells of one more project in the long life of an engineer: " + "word " * 12,
            size=5,
        )
        for number in range(200)
    ]
    document = read(pdf(*pages))
    assert document.warnings == ()
    assert document.text.count("Page ") == 200
