"""Where a model binds, in words: ranges, numbers, lengths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_run import PARTNERS, collected

from crossdock.entries.identity import ChainRecord, Reference
from crossdock.report.site import MOST_RANGES, NEAR, SHORT, patches, short_site, site


def chain(letter: str, *references: Reference, kept: bool = True) -> ChainRecord:
    return ChainRecord(letter, letter, "a protein", references, "Homo sapiens", 9606, 1, 300, 300, kept=kept)


def residues(letter: str, *numbers: int | str) -> list[tuple[str, str]]:
    return [(letter, str(number)) for number in numbers]


#: Numbered 20 less than UniProt.
TEM = chain("B", Reference("P62593", "BLAT_ECOLX", 24, 286, 4, 266))


def test_ranges_are_in_uniprots_numbers():
    met = residues("B", 84, 85, 87, 90, 92, 125, 147)
    assert site(met, [TEM]) == "residues 104-112, 145 and 167 of P62593"
    assert short_site(met, [TEM]) == "104-112, 145, 167 of P62593"
    assert site(residues("B", 84), [TEM]) == "residue 104 of P62593"
    assert site(residues("B", 84, 85), [TEM]) == "residues 104-105 of P62593"


def test_without_a_record_numbers_are_the_entrys_own():
    met = residues("B", 104, 105, 110, 112)
    assert site(met, [chain("B")]) == "B:104-105 and 110-112 (entry numbers)"
    assert short_site(met, [chain("B")]) == "B:104-105, 110-112"


@pytest.mark.parametrize(
    "reference",
    [
        Reference("P62593"),
        Reference("P62593", None, 24, 286, 4, 270),  # the stretch has insertions
        Reference("P62593", None, 1, 20, 301, 320),  # the stretch is another part of the chain
    ],
)
def test_a_record_that_does_not_place_a_residue_is_not_used(reference):
    assert site(residues("B", 104), [chain("B", reference)]) == "B:104 (entry numbers)"


def test_insertion_codes_are_none_of_uniprots_numbers():
    met = [*residues("B", 84), ("B", "84A"), ("B", "-3")]
    assert site(met, [TEM]) == "B:-3 and 84 (entry numbers) and residue 104 of P62593"
    assert site(residues("B", -3, -2), [chain("B")]) == "B:-3 to -2 (entry numbers)"


def test_two_copies_of_a_protein_are_told_apart_by_chain():
    copies = [chain(letter, Reference("P62593", None, 1, 300, 1, 300)) for letter in "AB"]
    met = [*residues("A", 5), *residues("B", 50, 51)]
    assert site(met, copies) == "residue 5 of P62593 (chain A) and residues 50-51 of P62593 (chain B)"


def test_a_fusion_has_two_proteins():
    fused = chain("A", Reference("P1", None, 1, 100, 1, 100), Reference("P2", None, 11, 60, 101, 150))
    assert site(residues("A", 99, 101), [fused]) == "residue 99 of P1 and residue 11 of P2"


def test_chains_that_were_left_out_say_nothing():
    left_out = chain("B", Reference("P62593", None, 24, 286, 4, 266), kept=False)
    assert site(residues("B", 84), [left_out]) == "B:84 (entry numbers)"


def test_of_many_ranges_those_met_most_are_named_and_the_rest_counted():
    met = residues(
        "B", 10, *range(20, 24), *range(40, 44), *range(60, 64), *range(80, 84), *range(100, 104), 150, 151, 200
    )
    text = site(met, [chain("B")])
    assert text == "B:20-23, 40-43, 60-63, 80-83, 100-103 and 150-151 (entry numbers), and 2 other residues"
    assert sum(one.met for patch in patches(met, [chain("B")]) for one in patch.ranges) == len(met)


def test_the_short_form_has_sixty_characters_at_most():
    long = chain("A", Reference("A0A024R1R8", None, 1001, 3000, 1, 2000))
    met = residues("A", *(number for start in range(0, 1800, 100) for number in (start + 1, start + 3)))
    assert len(site(met, [long])) > SHORT
    text = short_site(met, [long])
    assert len(text) <= SHORT
    assert text == "1001-1003, 1101-1103, 1201-1203, 1301-1303 of A0A024R1R8 +28"
    several = [chain(letter) for letter in "ABCDEFGH"]
    met = [one for letter in "ABCDEFGH" for one in residues(letter, 1001, 1004, 1100)]
    assert len(short_site(met, several)) <= SHORT


def test_a_part_of_the_protein_can_have_a_name():
    def naming(accession, numbers):
        return "omega loop" if accession == "P62593" and min(numbers) >= 161 and max(numbers) <= 179 else None

    met = residues("B", 145, 150)
    assert site(met, [TEM], naming) == "omega loop, residues 165 and 170 of P62593"
    assert short_site(met, [TEM], naming) == "omega loop: 165, 170 of P62593"
    assert site(residues("B", 84), [TEM], naming) == "residue 104 of P62593"
    assert site(residues("A", 145), [chain("A")], naming) == "A:145 (entry numbers)"


def test_nothing_in_contact_is_nowhere():
    assert site([], [TEM]) == short_site([], [TEM]) == ""


def test_the_sites_of_a_run_are_those_of_the_first_models_contacts(run_dir):
    letters = {partner.name: partner.chain for partner in PARTNERS}
    for pair in collected(run_dir).pairs:
        table = pd.read_csv(run_dir / "pairs" / pair.receptor / pair.ligand / "interface.csv")
        first = table[table["model"] == 0]
        for side, name, words in (
            ("receptor", pair.receptor, pair.site.receptor),
            ("ligand", pair.ligand, pair.site.ligand),
        ):
            numbers = np.sort(first[f"{side}_number"].astype(int).unique())
            parts = np.split(numbers, np.flatnonzero(np.diff(numbers) > NEAR) + 1)
            longest = sorted(parts, key=lambda part: -len(part))[:MOST_RANGES]
            shown = [part for part in parts if any(part is one for one in longest)]
            texts = [f"{part[0]}-{part[-1]}" if len(part) > 1 else f"{part[0]}" for part in shown]
            whole = f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else texts[0]
            left = len(numbers) - sum(map(len, shown))
            rest = f", and {left} other residue{'s' if left > 1 else ''}" if left else ""
            assert words == f"{letters[name]}:{whole} (entry numbers){rest}"
        assert pair.site.short.startswith(f"{letters[pair.receptor]}:")
        assert len(pair.site.short) <= SHORT
