"""The words OFAC uses in remarks for identity documents and countries, as tables.

Responsible for saying which label is which type of document, and which spelling is which country.
Not responsible for taking remarks apart (`ofac_remarks.py`).

Rules kept here: a label or a country that is not in the tables is not guessed.
Left out on purpose: driving licences, visas, birth and military papers, gazette and permit numbers, telephone,
bank, D-U-N-S and MMSI numbers, because none of them is an identity document that a partner sees or a public register
that identifies a party; and the registration of aircraft, for which there is no document type.
Source: the published lists of July 2021 to March 2022, read; countries after ISO 3166-1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Family(StrEnum):
    """Families of documents in remarks; an identity number of an organisation is a registration."""

    PASSPORT = "passport"
    NATIONAL_ID = "national-id"
    TAX_ID = "tax-id"
    REGISTRATION = "registration"
    CREDIT_CODE = "cn-uscc"
    SHIP = "imo"
    COMPANY_IMO = "company-imo"


class Label(NamedTuple):
    """What a label introduces; `country` is the issuer where the label itself names it."""

    family: Family
    country: str | None = None


def _of(family: Family, *texts: str) -> dict[str, Label]:
    return {text: Label(family) for text in texts}


LABELS: dict[str, Label] = {
    **_of(
        Family.PASSPORT,
        "Passport",
        "Passport Booklet",
        "Passport Booklet:",
        "Diplomatic Passport",
        "Stateless Person Passport",
        "Service Passport",
        "Official Passport",
        "Special Passport",
    ),
    "British National Overseas Passport": Label(Family.PASSPORT, "GBR"),
    **_of(
        Family.NATIONAL_ID,
        "National ID No.",
        "National ID No. CNIC:",
        "National ID No. NIC:",
        "National Foreign ID Number",
        "National Foreign ID Number RNE:",
        "Tazkira National ID Card",
        "Cedula No.",
        "C.U.R.P.",
        "C.U.I.",
        "D.N.I.",
        "N.I.E.",
        "LE Number",
        "Identification Number",
        "Citizen's Card Number",
        "Personal ID Card",
        "Stateless Person ID Card",
        "Refugee ID Card",
        "Numero de Identidad",
        "I.F.E.",
        "Residency Number",
        "Electoral Registry No.",
        "Credencial electoral",
    ),
    "SSN": Label(Family.NATIONAL_ID, "USA"),
    "Turkish Identification Number": Label(Family.NATIONAL_ID, "TUR"),
    "Kenyan ID No.": Label(Family.NATIONAL_ID, "KEN"),
    "Bosnian Personal ID No.": Label(Family.NATIONAL_ID, "BIH"),
    "Moroccan Personal ID No.": Label(Family.NATIONAL_ID, "MAR"),
    **_of(
        Family.TAX_ID,
        "NIT #",
        "Tax ID No.",
        "Tax ID No. RIF",
        "R.F.C.",
        "RFC",
        "RUC #",
        "RIF #",
        "V.A.T. Number",
        "C.U.I.T.",
        "C.I.F.",
        "RTN",
        "Fiscal Code",
        "Numero Unico de Identificacao Tributaria (NUIT)",
    ),
    "Italian Fiscal Code": Label(Family.TAX_ID, "ITA"),
    "Italian Fiscal Code:": Label(Family.TAX_ID, "ITA"),
    "US FEIN": Label(Family.TAX_ID, "USA"),
    "Romanian Tax Registration": Label(Family.TAX_ID, "ROU"),
    "Paraguayan tax identification number": Label(Family.TAX_ID, "PRY"),
    **_of(
        Family.REGISTRATION,
        "Registration Number",
        "Registration ID",
        "Company Number",
        "Commercial Registry Number",
        "Matricula Mercantil No",
        "Business Registration Number",
        "Business Registration Document #",
        "Business Number",
        "Branch Unit Number",
        "Central Registration System Number",
        "Chamber of Commerce Number",
        "C.R. No.",
        "Public Registration Number",
        "Folio Mercantil No.",
        "Trade License No.",
        "Legal Entity Number",
        "Certificate of Incorporation Number",
        "Enterprise Number",
        "Registered Charity No.",
        "MSB Registration Number",
    ),
    "UK Company Number": Label(Family.REGISTRATION, "GBR"),
    "United Social Credit Code Certificate (USCCC)": Label(Family.CREDIT_CODE, "CHN"),
    "Unified Social Credit Code (USCC)": Label(Family.CREDIT_CODE, "CHN"),
    "Vessel Registration Identification": Label(Family.SHIP),
    "Vessel Registration Identification IMO": Label(Family.SHIP),
    "Identification Number IMO": Label(Family.COMPANY_IMO),
    "Company Number IMO": Label(Family.COMPANY_IMO),
}
"""`Identification Number IMO` is a ship's number on a vessel and an owner's number on anything else."""

_COUNTRY_TEXT = """
Afghanistan=AFG; Albania=ALB; Algeria=DZA; Andorra=AND; Angola=AGO; Anguilla=AIA; Antigua and Barbuda=ATG;
Argentina=ARG; Armenia=ARM; Aruba=ABW; Australia=AUS; Austria=AUT; Azerbaijan=AZE; Bahamas, The=BHS; Bahrain=BHR;
Bangladesh=BGD; Barbados=BRB; Belarus=BLR; Belgium=BEL; Belize=BLZ; Benin=BEN; Bermuda=BMU; Bhutan=BTN; Bolivia=BOL;
Bosnia and Herzegovina=BIH; Botswana=BWA; Brazil=BRA; Brunei=BRN; Bulgaria=BGR; Burkina Faso=BFA; Burma=MMR;
Burundi=BDI; Cabo Verde=CPV; Cabo Verde.  Previously Cape Verde.=CPV; Cambodia=KHM; Cameroon=CMR; Canada=CAN;
Cayman Islands=CYM; Central African Republic=CAF; Chad=TCD; Chile=CHL; China=CHN; Colombia=COL; Comoros=COM;
Congo, Democratic Republic of the=COD; Congo, Republic of the=COG; Cook Islands=COK; Costa Rica=CRI;
Cote d'Ivoire=CIV; Cote d Ivoire=CIV; Croatia=HRV; Cuba=CUB; Curacao=CUW; Cyprus=CYP; Czech Republic=CZE;
Denmark=DNK; Djibouti=DJI; Dominica=DMA; Dominican Republic=DOM; East Timor=TLS; Timor-Leste=TLS; Ecuador=ECU;
Egypt=EGY; El Salvador=SLV; Equatorial Guinea=GNQ; Eritrea=ERI; Estonia=EST; Eswatini=SWZ; Ethiopia=ETH; Fiji=FJI;
Finland=FIN; France=FRA; Gabon=GAB; Gambia, The=GMB; The Gambia=GMB; Georgia=GEO; Germany=DEU; Ghana=GHA;
Gibraltar=GIB; Greece=GRC; Greenland=GRL; Grenada=GRD; Guatemala=GTM; Guernsey=GGY; Guinea=GIN; Guinea-Bissau=GNB;
Guyana=GUY; Haiti=HTI; Holy See=VAT; Honduras=HND; Hong Kong=HKG; Hungary=HUN; Iceland=ISL; India=IND;
Indonesia=IDN; Iran=IRN; Iraq=IRQ; Ireland=IRL; Isle of Man=IMN; Man, Isle of=IMN; Israel=ISR; Italy=ITA;
Jamaica=JAM; Japan=JPN; Jersey=JEY; Jordan=JOR; Kazakhstan=KAZ; Kenya=KEN; Kiribati=KIR; Korea, North=PRK;
Korea, South=KOR; Kosovo=RKS; Kuwait=KWT; Kyrgyzstan=KGZ; Laos=LAO; Latvia=LVA; Lebanon=LBN; Lesotho=LSO;
Liberia=LBR; Libya=LBY; Liechtenstein=LIE; Lithuania=LTU; Luxembourg=LUX; Macau=MAC; Macedonia=MKD;
Macedonia, The Former Yugoslav Republic of=MKD; North Macedonia, The Republic of=MKD; Madagascar=MDG; Malawi=MWI;
Malaysia=MYS; Maldives=MDV; Mali=MLI; Malta=MLT; Marshall Islands=MHL; Mauritania=MRT; Mauritius=MUS; Mexico=MEX;
Micronesia, Federated States of=FSM; Moldova=MDA; Monaco=MCO; Mongolia=MNG; Montenegro=MNE; Morocco=MAR;
Mozambique=MOZ; Namibia=NAM; Nauru=NRU; Nepal=NPL; Netherlands=NLD; New Zealand=NZL; Nicaragua=NIC; Niger=NER;
Nigeria=NGA; Niue=NIU; Norway=NOR; Oman=OMN; Pakistan=PAK; Palau=PLW; Palestinian=PSE; Panama=PAN;
Papua New Guinea=PNG; Paraguay=PRY; Peru=PER; Philippines=PHL; Poland=POL; Portugal=PRT; Puerto Rico=PRI; Qatar=QAT;
Romania=ROU; Russia=RUS; Rwanda=RWA; Saint Kitts and Nevis=KNA; Saint Lucia=LCA;
Saint Vincent and the Grenadines=VCT; Samoa=WSM; San Marino=SMR; Sao Tome and Principe=STP; Saudi Arabia=SAU;
Senegal=SEN; Serbia=SRB; Seychelles=SYC; Sierra Leone=SLE; Singapore=SGP; Slovakia=SVK; Slovenia=SVN;
Solomon Islands=SLB; Somalia=SOM; South Africa=ZAF; South Sudan=SSD; Spain=ESP; Sri Lanka=LKA; Sudan=SDN;
Suriname=SUR; Swaziland=SWZ; Sweden=SWE; Switzerland=CHE; Syria=SYR; Taiwan=TWN; Tajikistan=TJK; Tanzania=TZA;
Thailand=THA; Togo=TGO; Tonga=TON; Trinidad and Tobago=TTO; Tunisia=TUN; Turkey=TUR; Turkmenistan=TKM;
Turks and Caicos Islands=TCA; Tuvalu=TUV; Uganda=UGA; Ukraine=UKR; United Arab Emirates=ARE; United Kingdom=GBR;
United States=USA; Uruguay=URY; Uzbekistan=UZB; Vanuatu=VUT; Vatican City=VAT; Venezuela=VEN; Vietnam=VNM;
Virgin Islands, British=VGB; Virgin Islands, U.S.=VIR; West Bank=PSE; Yemen=YEM; Zambia=ZMB; Zimbabwe=ZWE;
undetermined=XXX
"""

COUNTRIES: dict[str, str] = {
    name.strip(): code.strip()
    for name, _, code in (entry.rpartition("=") for entry in _COUNTRY_TEXT.split(";"))
}
"""OFAC's spelling to the three letters of ISO 3166-1 or ICAO Doc 9303; `XXX` is "not stated"."""
