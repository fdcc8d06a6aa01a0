"""American hospital claims for the American groupers: real ICD-10-CM and ICD-10-PCS codes, the same for all of them.

A claim has a profile (a principal diagnosis and what is done for it), two to seven secondary diagnoses and none to four
procedures. The mean, about six codes, is near a Norwegian stay and below an American claim: that favours the peers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

# principal diagnoses | procedures that belong to them ("-" = none is common)
PROFILES = """
I5023 I5033 I5043 I110 I130 | - - - 4A023N7 B2111ZZ
I214 I2119 I2109 I2102 | 027034Z 02703DZ 4A023N7 B2111ZZ 027134Z
I2510 I25110 | 02100Z9 021109W 5A1221Z 027034Z 4A023N7
I350 I340 | 02RF38Z 02RF08Z 5A1221Z
I4891 I480 I4819 | - 5A2204Z 02583ZZ
I442 I495 | 0JH606Z 02H63JZ 02HK3JZ
I6340 I63411 I63512 I639 | - 3E03317 03CG3ZZ B020ZZZ
I619 I6200 | - 009400Z 00C40ZZ 5A1955Z
J189 J154 J690 J1282 | - - - 0BJ08ZZ 5A1945Z
J441 J449 J4551 | - - 5A09357
J9601 J9621 J80 | 5A1955Z 5A1945Z 0B110F4 -
I2699 I2609 | - - 02CQ3ZZ
A419 A4151 A4101 R6521 | - 5A1945Z 02HV33Z 5A1D70Z
N390 N10 | - - -
N179 N186 I120 | 5A1D70Z 5A1D90Z 02HV33Z -
Z4822 N184 | 0TY00Z0 0TY10Z0
E1110 E1165 E1010 | - - -
E11621 E1152 | 0Y6H0Z1 0Y6J0Z1 0JBR0ZZ 047K3ZZ
E6601 | 0DB64Z3 0D164ZA
K3580 K3532 K3533 | 0DTJ4ZZ 0DTJ0ZZ
K8000 K8012 K8010 K8510 | 0FT44ZZ 0FT40ZZ BF101ZZ -
K5720 K5732 K56609 | - 0DTN0ZZ 0DTN4ZZ 0DNW0ZZ
C182 C187 C20 | 0DTF4ZZ 0DTF0ZZ 0DTN0ZZ 0DTP0ZZ 0D1N0Z4
K922 K254 K264 K5731 | 0W3P8ZZ 0DB68ZX 0DJ08ZZ 30233N1
K7031 K7290 K766 | - 0W9G3ZZ 06L34CZ
C3411 C3412 C3490 | 0BTC0ZZ 0BTF4ZZ 0BBC8ZX -
C50911 C50412 | 0HTT0ZZ 0HTV0ZZ 07B60ZX
C61 N401 | 0VT04ZZ 0VB08ZZ
C541 D259 N8003 | 0UT90ZZ 0UT94ZZ 0UTC0ZZ
M1611 M1612 | 0SR9019 0SRB019 0SR90JA
M1711 M1712 | 0SRC0J9 0SRD0J9 0SRC069
S72001A S72141A S72142A | 0SRR019 0QS606Z 0QS706Z 0SRS0J9
M5116 M48061 M4316 | 0SG00AJ 0SG0071 0SB20ZZ 01NB0ZZ
S065X0A S0636AA S270XXA S36039A | - 00C40ZZ 0W9930Z 07TP0ZZ 5A1945Z
T8141XA T8450XA T8451XA | 0SP90JZ 0JB80ZZ 02HV33Z -
L03115 L03116 L89154 | - - 0JBL0ZZ 0HBJXZZ
O80 O701 O6981X0 | 10E0XZZ 0KQM0ZZ 0HQ9XZZ
O34211 O328XX0 O1414 | 10D00Z1 10E0XZZ
Z3800 Z3801 P0739 | - - 0VTTXZZ F13Z0ZZ
F10230 F10231 F1120 | - HZ2ZZZZ HZ30ZZZ
F333 F251 F3113 | - - GZB0ZZZ
B20 | - - 0BBC8ZX
C9200 C9100 Z5111 | 30243Y3 3E04305 30233N1 -
D5700 D57219 D62 | - 30233N1 6A550Z3
G40901 G309 G610 | - 4A10X4Z 009U3ZX
"""

SECONDARY = """
I10 I10 I10 E785 E785 E119 E1122 E1140 E1165 I2510 I2510 Z7984 Z794 Z87891 F17210 K219 K219 E039 I4891 I480 N1830
N1831 N184 N186 N179 N179 J449 J441 J9601 J9602 J189 J690 I5022 I5032 I5042 I509 I110 I130 E871 E876 E875 E870 E8720
E860 D62 D649 D638 D631 D696 D689 E43 E440 E46 E669 E6601 Z6841 Z6835 G4733 F329 F419 F0390 G309 G9341 R6520 R6521
A419 N390 L89153 L89154 L03115 K567 K5900 K7460 K766 I8510 I2699 I82401 I6529 I739 I340 I350 I2720 J90 J9811 J95821
T8110XA T8144XA T40601A Y92230 Z66 Z515 Z9981 Z955 Z951 Z950 Z7901 Z7902 Z8673 Z853 C7951 C7931 C787 C7800 M109
M1990 M810 N401 R339 R0902 R000 R4182 R531 F1020 F10231 F1110 B182 B20 Z1612 U071
"""


@dataclass(frozen=True)
class Claim:
    """One inpatient claim."""

    principal: str
    secondary: tuple[str, ...]
    procedures: tuple[str, ...]
    age: int
    sex: str
    discharge: str


def _profiles() -> list[tuple[list[str], list[str]]]:
    """The profiles as lists of codes."""
    lines = [line.split("|") for line in PROFILES.strip().splitlines()]
    return [(principal.split(), procedures.split()) for principal, procedures in lines]


def claims(count: int, seed: int = 1) -> list[Claim]:
    """``count`` different claims, the same every time."""
    rng = random.Random(seed)
    profiles, common = _profiles(), SECONDARY.split()
    made = []
    for _ in range(count):
        principals, procedures = rng.choice(profiles)
        principal = rng.choice(principals)
        drawn = dict.fromkeys(rng.choice(common) for _ in range(rng.choice((2, 3, 3, 4, 4, 5, 6, 7))))
        done = dict.fromkeys(rng.choice(procedures) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))))
        if principal.startswith("O"):
            done[procedures[0]] = None  # a birth has its delivery
        obstetric, newborn = principal.startswith("O"), principal.startswith(("Z38", "P"))
        male, female = principal in ("C61", "N401"), obstetric or principal in ("C541", "D259", "N8003")
        made.append(
            Claim(
                principal=principal,
                secondary=tuple(code for code in drawn if code != principal),
                procedures=tuple(code for code in done if code != "-"),
                age=0 if newborn else rng.randint(18, 44) if obstetric else rng.randint(18, 95),
                sex="M" if male else "F" if female else rng.choice("MF"),
                discharge=rng.choice(("01", "01", "01", "03", "06", "06", "20", "62")),
            )
        )
    return made


def describe(made: list[Claim], grouped: int) -> str:
    """The claims, for a note."""
    codes = sum(1 + len(claim.secondary) + len(claim.procedures) for claim in made) / len(made)
    share = 100 * grouped / len(made)
    return f"{codes:.1f} koder per opphold, {share:.0f} % får en gruppe".replace(".", ",")
