"""A birth date or a nationality that stands in a CV's head without a label, as a line of its own or as a part of one."""

import re

from cveval_evaluate.local.text import CUT, in_small_letters

_NATIONALITIES = (
    "afghan albanian algerian american andorran angolan argentine argentinian armenian australian austrian azerbaijani bahamian bahraini "
    "bangladeshi barbadian belarusian belgian belizean beninese bhutanese bolivian bosnian botswanan brazilian brit british bruneian "
    "bulgarian burkinabe burmese burundian cambodian cameroonian canadian chadian chilean chinese colombian comorian congolese croatian "
    "cuban cypriot czech danish djiboutian dominican dutch ecuadorean ecuadorian egyptian emirati english eritrean estonian ethiopian "
    "fijian filipino filipina finnish french gabonese gambian georgian german ghanaian greek grenadian guatemalan guinean guyanese "
    "haitian honduran hungarian icelandic indian indonesian iranian iraqi irish israeli italian ivorian jamaican japanese jordanian "
    "kazakh kazakhstani kenyan korean kosovar kuwaiti kyrgyz lao laotian latvian lebanese liberian libyan lithuanian luxembourgish "
    "macedonian malagasy malawian malaysian maldivian malian maltese mauritanian mauritian mexican moldovan mongolian montenegrin "
    "moroccan mozambican namibian nepalese nepali nicaraguan nigerian nigerien norwegian omani pakistani palestinian panamanian "
    "paraguayan persian peruvian polish portuguese qatari romanian russian rwandan salvadoran samoan saudi scottish senegalese serbian "
    "singaporean slovak slovenian somali spanish sudanese surinamese swazi swedish swiss syrian taiwanese tajik tanzanian thai togolese "
    "tongan tunisian turkish turkmen ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh yemeni zambian zealander lankan rican zimbabwean "
    "deutsch österreichisch"
)
NATIONALITIES = frozenset(_NATIONALITIES.split())
COUNTRIES = (
    "Afghanistan|Albania|Algeria|Angola|Argentina|Armenia|Australia|Austria|Azerbaijan|Bahrain|Bangladesh|Barbados|Belarus|Belgium|Belize|Benin|"
    "Bhutan|Bolivia|Bosnia|Botswana|Brazil|Britain|Bulgaria|Burkina Faso|Burma|Burundi|Cambodia|Cameroon|Canada|Chad|Chile|China|Colombia|Congo|"
    "Costa Rica|Croatia|Cuba|Cyprus|Czechia|Czech Republic|Denmark|Djibouti|Dominican Republic|Ecuador|Egypt|El Salvador|England|Eritrea|Estonia|"
    "Ethiopia|Europe|Fiji|Finland|France|Gabon|Gambia|Georgia|Germany|Ghana|Great Britain|Greece|Grenada|Guatemala|Guinea|Guyana|Haiti|Honduras|"
    "Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Ivory Coast|Jamaica|Japan|Jordan|Kazakhstan|Kenya|Korea|Kosovo|"
    "Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia|Libya|Lithuania|Luxembourg|Madagascar|Malawi|Malaysia|Maldives|Mali|Malta|Mauritania|"
    "Mauritius|Mexico|Moldova|Mongolia|Montenegro|Morocco|Mozambique|Myanmar|Namibia|Nepal|Netherlands|New Zealand|Nicaragua|Nigeria|Niger|"
    "North Macedonia|Northern Ireland|Norway|Oman|Pakistan|Palestine|Panama|Paraguay|Peru|Philippines|Poland|Portugal|Puerto Rico|Qatar|Romania|"
    "Russia|Rwanda|Saudi Arabia|Scotland|Senegal|Serbia|Sierra Leone|Singapore|Slovakia|Slovenia|Somalia|South Africa|South Korea|Spain|Sri Lanka|"
    "Sudan|Suriname|Sweden|Switzerland|Syria|Taiwan|Tajikistan|Tanzania|Thailand|Togo|Trinidad|Tunisia|Turkey|Turkmenistan|Uganda|UK|Ukraine|"
    "United Arab Emirates|United Kingdom|United States|Uruguay|USA?|UAE|Uzbekistan|Venezuela|Vietnam|Wales|Yemen|Zambia|Zimbabwe"
)
"""A pattern of their names."""
_BEFORE = ([], *([word] for word in ("dual", "south", "north", "new", "sri", "costa", "puerto")))
LONGEST_NATIONALITY = 30
_PARTS = re.compile(r"([|·•;,/.](?:(?<!\.)|(?=\s)))")
_OF_LANGUAGES = re.compile(r"language|fluent|native|speak|mother tongue|bilingual|translat|[:(]")
"""What is said beside it makes a nationality a language."""
_DATE_ALONE = re.compile(
    # day, month and year; of an adult
    r"(^|[|·•;,(])\W*(?<!\d)(?:\d{1,2}(?:[./-]\d{1,2}[./-]|(?:st|nd|rd|th|\.)? (?:de |of )?[^\W\d_]{3,10}\.?,? (?:de )?)(?:19\d\d|200\d|201[0-2])|"
    r"(?:19\d\d|200\d)[./-]\d{1,2}[./-]\d{1,2}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19\d\d|200\d|201[0-2]))"
    r"(?: (?:in|at) [^\W\d_][^|·•;,(\n]{1,30})?\s*(?=$|[|·•;,)])"
)


def without_origin(line: str) -> str:
    """A line of the head without a full date that nothing else stands beside, and without a nationality."""
    small = in_small_letters(line)
    if "19" in small or "20" in small:
        dates = [(found.end(1), found.end()) for found in _DATE_ALONE.finditer(small.rstrip("\n"))]
        for start, end in reversed(dates):
            line = line[:start] + CUT + line[end:]
    return _without_nationality(line)


def _without_nationality(line: str) -> str:
    """Several of them, side by side, are languages, but for the two of a dual nationality."""
    parts = _PARTS.split(line)
    found = [number for number in range(0, len(parts), 2) if _is_nationality(parts[number])]
    if not found or _OF_LANGUAGES.search(in_small_letters(line)):
        return line
    if len(found) == 1 or (len(found) == 2 and found[1] == found[0] + 2 and parts[found[0] + 1] == "/"):
        for number in found:
            parts[number] = CUT + ("\n" if parts[number].endswith("\n") else "")
    return "".join(parts)


def _is_nationality(part: str) -> bool:
    if len(part) > LONGEST_NATIONALITY:
        return False
    words = in_small_letters(part).strip(" \t\n*-–—•").split()
    return 0 < len(words) <= 2 and words[-1] in NATIONALITIES and words[:-1] in _BEFORE
