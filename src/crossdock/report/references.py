"""The publications that the methods text cites, as a line and as BibTeX."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A publication.

    Attributes
    ----------
    authors : tuple of str
        ``Family, I. N.``, the first ones.
    title, journal : str
    year : int
    volume, pages : str
    more : bool
        Whether there are further authors.
    kind : str
        Of BibTeX's kinds of records.
    """

    authors: tuple[str, ...]
    title: str
    journal: str
    year: int
    volume: str = ""
    pages: str = ""
    more: bool = False
    kind: str = "article"

    @property
    def text(self) -> str:
        """One line, as in a list of references."""
        names = ", ".join(
            f"{family}\u00a0{initials.replace('.', '').replace(' ', '')}"
            for family, initials in (author.split(", ", 1) for author in self.authors)
        )
        place = (f"; {self.volume}" if self.volume else "") + (f": {self.pages}" if self.pages else "")
        return f"{names}{' et al' if self.more else ''}. {self.title}. {self.journal} {self.year}{place}."

    def bibtex(self, key: str) -> str:
        """Give the record as BibTeX."""
        fields = {
            "author": " and ".join([*self.authors, *(["others"] if self.more else [])]),
            "title": f"{{{self.title}}}",
            {"book": "publisher", "inproceedings": "booktitle"}.get(self.kind, "journal"): self.journal,
            "year": str(self.year),
            "volume": self.volume,
            "pages": self.pages.replace("–", "--"),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@{self.kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


#: By the key that the methods text cites.
REFERENCES = {
    "snakemake": Reference(
        ("Mölder, F.", "Jablonski, K. P.", "Letcher, B."),
        "Sustainable data analysis with Snakemake",
        "F1000Research",
        2021,
        "10",
        "33",
        more=True,
    ),
    "pdb": Reference(
        ("Berman, H. M.", "Westbrook, J.", "Feng, Z."),
        "The Protein Data Bank",
        "Nucleic Acids Res",
        2000,
        "28",
        "235–242",
        more=True,
    ),
    "alphafold": Reference(
        ("Jumper, J.", "Evans, R.", "Pritzel, A."),
        "Highly accurate protein structure prediction with AlphaFold",
        "Nature",
        2021,
        "596",
        "583–589",
        more=True,
    ),
    "alphafold-db": Reference(
        ("Varadi, M.", "Anyango, S.", "Deshpande, M."),
        "AlphaFold Protein Structure Database: massively expanding the structural coverage of protein-sequence "
        "space with high-accuracy models",
        "Nucleic Acids Res",
        2022,
        "50",
        "D439–D444",
        more=True,
    ),
    "piper": Reference(
        ("Kozakov, D.", "Brenke, R.", "Comeau, S. R.", "Vajda, S."),
        "PIPER: an FFT-based protein docking program with pairwise potentials",
        "Proteins",
        2006,
        "65",
        "392–406",
    ),
    "spirals": Reference(
        ("Alexa, M.",),
        "Super-Fibonacci spirals: fast, low-discrepancy sampling of SO(3)",
        "Proc IEEE/CVF Conf Comput Vis Pattern Recognit",
        2022,
        "",
        "8291–8300",
        kind="inproceedings",
    ),
    "gabb": Reference(
        ("Gabb, H. A.", "Jackson, R. M.", "Sternberg, M. J. E."),
        "Modelling protein docking using shape complementarity, electrostatics and biochemical information",
        "J Mol Biol",
        1997,
        "272",
        "106–120",
    ),
    "zhang": Reference(
        ("Zhang, C.", "Vasmatzis, G.", "Cornette, J. L.", "DeLisi, C."),
        "Determination of atomic desolvation energies from the structures of crystallized proteins",
        "J Mol Biol",
        1997,
        "267",
        "707–726",
    ),
    "dars": Reference(
        ("Chuang, G.-Y.", "Kozakov, D.", "Brenke, R.", "Comeau, S. R.", "Vajda, S."),
        "DARS (decoys as the reference state) potentials for protein–protein docking",
        "Biophys J",
        2008,
        "95",
        "4217–4227",
    ),
    "clustering": Reference(
        ("Kozakov, D.", "Clodfelter, K. H.", "Vajda, S.", "Camacho, C. J."),
        "Optimal clustering for detecting near-native conformations in protein docking",
        "Biophys J",
        2005,
        "89",
        "867–875",
    ),
    "cluspro2013": Reference(
        ("Kozakov, D.", "Beglov, D.", "Bohnuud, T."),
        "How good is automated protein docking?",
        "Proteins",
        2013,
        "81",
        "2159–2166",
        more=True,
    ),
    "cluspro2017": Reference(
        ("Kozakov, D.", "Hall, D. R.", "Xia, B."),
        "The ClusPro web server for protein–protein docking",
        "Nat Protoc",
        2017,
        "12",
        "255–278",
        more=True,
    ),
    "vajda": Reference(
        ("Vajda, S.", "Yueh, C.", "Beglov, D."),
        "New additions to the ClusPro server motivated by CAPRI",
        "Proteins",
        2017,
        "85",
        "435–444",
        more=True,
    ),
    "tukey": Reference(("Tukey, J. W.",), "Exploratory data analysis", "Addison-Wesley", 1977, kind="book"),
    "fdr": Reference(
        ("Benjamini, Y.", "Hochberg, Y."),
        "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
        "J R Stat Soc B",
        1995,
        "57",
        "289–300",
    ),
    "prodigy": Reference(
        ("Vangone, A.", "Bonvin, A. M. J. J."),
        "Contacts-based prediction of binding affinity in protein–protein complexes",
        "eLife",
        2015,
        "4",
        "e07454",
    ),
    "dockq": Reference(
        ("Basu, S.", "Wallner, B."),
        "DockQ: a quality measure for protein-protein docking models",
        "PLoS ONE",
        2016,
        "11",
        "e0161879",
    ),
    "dockq2": Reference(
        ("Mirabello, C.", "Wallner, B."),
        "DockQ v2: improved automatic quality measure for protein multimers, nucleic acids, and small molecules",
        "Bioinformatics",
        2024,
        "40",
        "btae586",
    ),
}
