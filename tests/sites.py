"""A real HTTP server on loopback that answers as the sites of structures do, or misbehaves on purpose."""

import json
import math
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Server:
    """Answers each path, with its query or without, with the next of its scripted answers; the last one repeats.

    A scripted path may end with an asterisk, for all that begin so.
    """

    def __init__(self):
        self.script, self.asked = {}, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                known = self.path if self.path in outer.script else self.path.partition("?")[0]
                begins = next((path for path in outer.script if path[-1] == "*" and known.startswith(path[:-1])), None)
                answers = outer.script.get(known) or outer.script.get(begins, [(404, {}, b"no such entry")])
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                if callable(answer):
                    answer(self)
                    return
                status, headers, body = answer
                self.send_response(status)
                for key, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()


def uniprot_entry(accession, **changes):
    """An entry as UniProt's REST API writes it: the mu opioid receptor's, cut to what is asked for."""
    entry = {
        "entryType": "UniProtKB reviewed (Swiss-Prot)",
        "primaryAccession": accession,
        "uniProtkbId": "OPRM_HUMAN",
        "organism": {
            "scientificName": "Homo sapiens",
            "commonName": "Human",
            "taxonId": 9606,
            "lineage": ["Eukaryota"],
        },
        "proteinDescription": {
            "recommendedName": {"fullName": {"evidences": [], "value": "Mu-type opioid receptor"}},
            "alternativeNames": [{"fullName": {"value": "Mu opiate receptor"}}],
        },
        "genes": [{"geneName": {"evidences": [], "value": "OPRM1"}}],
        "comments": [
            {
                "commentType": "SUBCELLULAR LOCATION",
                "subcellularLocations": [
                    place("Cell membrane", "Multi-pass membrane protein"),
                    place("Cell projection, axon"),
                ],
            },
            {
                "commentType": "SUBCELLULAR LOCATION",
                "molecule": "Isoform 12",
                "note": {"texts": [{"value": "Retained in the ER."}]},
                "subcellularLocations": [place("Cytoplasm")],
            },
        ],
        "features": [
            feature("Topological domain", 1, 68, "Extracellular"),
            feature("Transmembrane", 69, 93, "Helical; Name=1"),
            feature("Topological domain", 94, 106, "Cytoplasmic"),
            feature("Region", 1, 32, "Disordered"),
        ],
        "sequence": {"length": 400},
    }
    return entry | changes


def place(value, topology=None, orientation=None):
    """A location as UniProt writes it."""
    parts = {"location": value, "topology": topology, "orientation": orientation}
    return {key: {"evidences": [{"evidenceCode": "ECO:0000250"}], "value": text} for key, text in parts.items() if text}


def feature(kind, begin, end, description=""):
    """A feature as UniProt writes it; an end that is not known has no value."""
    ends = {"start": begin, "end": end}
    return {
        "type": kind,
        "location": {
            key: {"value": at, "modifier": "EXACT"} if at else {"modifier": "UNKNOWN"} for key, at in ends.items()
        },
        "description": description,
    }


def mitab(a, b, *, method="two hybrid", kind="physical association", score="0.56", negative=None, expansion=None):
    """A row of PSI-MI TAB 2.7 as IntAct writes it."""
    cells = ["-"] * 42
    cells[0], cells[1] = f"uniprotkb:{a}", f"uniprotkb:{b}"
    cells[2], cells[3] = "intact:EBI-111|uniprotkb:Q9ZZZ9", "intact:EBI-222"
    cells[4] = 'psi-mi:oprm_human(display_long)|uniprotkb:"A|B: (odd)"(gene name synonym)'
    cells[6] = f'psi-mi:"MI:0018"({method})'
    cells[7], cells[8] = "Rual et al. (2005)", "pubmed:16189514|imex:IM-16520"
    cells[9] = cells[10] = 'taxid:9606(human)|taxid:9606("Homo sapiens (Human)")'
    cells[11] = f'psi-mi:"MI:0915"({kind})'
    cells[12], cells[13] = 'psi-mi:"MI:0469"(IntAct)', "intact:EBI-757010|imex:IM-16520-11"
    cells[14] = f"author score:SD6|intact-miscore:{score}" if score else "-"
    cells[15] = f'psi-mi:"MI:1060"({expansion})' if expansion else "-"
    cells[35] = {True: "true", False: "false", None: "-"}[negative]
    return "\t".join(cells) + "\n"


INTACT = "/Tools/webservices/psicquic/intact/webservices/current/search/query/*"


def reply(handler, body, status=200):
    """Answer with a text, or with JSON."""
    body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def intact(rows):
    """Answer as PSICQUIC does: the rows that a query of MIQL names, page by page; `rows` are those of `mitab`."""

    def matches(name, terms):
        return any(name == term or (term.endswith("*") and name.startswith(term[:-1])) for term in terms)

    def answer(handler):
        parts = urlsplit(handler.path)
        query, options = unquote(parts.path.rpartition("/")[2]), parse_qs(parts.query)
        sides = re.findall(r"idA:\( (.*?) \) AND idB:\( (.*?) \)", query)
        if options["format"] != ["tab27"] or len(sides) != 2 or "negative:( true OR false )" not in query:
            reply(handler, "this query is not understood", 400)
            return
        wanted = [tuple(side.split(" OR ") for side in one) for one in sides]
        names = [[cell.removeprefix("uniprotkb:") for cell in row.split("\t")[:2]] for row in rows]
        found = [
            row
            for row, (a, b) in zip(rows, names, strict=True)
            if any(matches(a, x) and matches(b, y) for x, y in wanted)
        ]
        start = int(options["firstResult"][0])
        reply(handler, "".join(found[start : start + int(options["maxResults"][0])]))

    return [answer]


def string(ids, scores, *, taxid=9606):
    """Answer `get_string_ids` and `network` as STRING does, of one organism.

    `ids` are STRING's names by accession, `scores` rows of the network by pairs of accessions.
    """

    def answer(handler):
        parts = urlsplit(handler.path)
        options = parse_qs(parts.query)
        names = options["identifiers"][0].split("\r")
        if options["caller_identity"] != ["crossdock"] or options["species"] != [str(taxid)]:
            reply(handler, {"Error": "not found", "ErrorMessage": "no such species"}, 400)
        elif parts.path.endswith("/get_string_ids"):
            rows = [
                {
                    "queryIndex": at,
                    "queryItem": name,
                    "stringId": ids[name],
                    "ncbiTaxonId": taxid,
                    "preferredName": name,
                }
                for at, name in enumerate(names)
                if name in ids
            ]
            reply(handler, rows)
        else:
            rows = [
                {"stringId_A": ids[a], "stringId_B": ids[b], "preferredName_A": a, "preferredName_B": b}
                | {"ncbiTaxonId": str(taxid)}
                | dict.fromkeys(("nscore", "fscore", "pscore", "ascore", "escore", "dscore", "tscore"), 0)
                | row
                for (a, b), row in scores.items()
                if ids[a] in names and ids[b] in names
            ]
            reply(handler, rows + rows[:1])  # it is known to repeat itself

    return [answer]


def script_string(server, ids, scores, version="12.0", **how):
    """Let a server answer as STRING."""
    server.script["/api/json/version"] = [
        (200, {}, json.dumps([{"string_version": version, "stable_address": "https://version.example.org"}]).encode())
    ]
    for method in ("get_string_ids", "network"):
        server.script[f"/api/json/{method}"] = string(ids, scores, **how)


def uniprot(entries, *, page=None):
    """Answer `/uniprotkb/search` as UniProt does: 400 to a query it cannot read, `page` entries at a time with a Link.

    `entries` are those of `uniprot_entry`; their order is kept.
    """

    def matches(entry, field, value):
        genes = [gene["geneName"]["value"] for gene in entry["genes"]]
        genes += [other["value"] for gene in entry["genes"] for other in gene.get("synonyms", ())]
        name = entry["proteinDescription"]["recommendedName"]["fullName"]["value"]
        return {
            "accession": entry["primaryAccession"] == value,
            "id": entry["uniProtkbId"] == value,
            "gene_exact": value.lower() in map(str.lower, genes),
            "protein_name": value.lower() in name.lower(),
        }[field]

    def answer(handler):
        options = {key: values[0] for key, values in parse_qs(urlsplit(handler.path).query).items()}
        asked = re.fullmatch(r"\((.*)\)((?: AND (?:organism_id:\d+|reviewed:true))*)", options.get("query", ""))
        terms = [re.fullmatch(r'(accession|id|gene_exact|protein_name):"([^"]+)"', t) for t in asked[1].split(" OR ")]
        if options.get("format") != "json" or int(options["size"]) > 500 or not all(terms):
            reply(handler, {"messages": ["Invalid query"]}, 400)
            return
        found = [one for one in entries if any(matches(one, *term.groups()) for term in terms)]
        if taxid := re.search(r"organism_id:(\d+)", asked[2]):
            found = [one for one in found if one["organism"]["taxonId"] == int(taxid[1])]
        if "reviewed:true" in asked[2]:
            found = [one for one in found if "Swiss-Prot" in one["entryType"]]
        start, size = int(options.get("cursor", 0)), page or int(options["size"])
        body = json.dumps({"results": found[start : start + size]}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        if start + size < len(found):
            path = re.sub(r"&cursor=\d+", "", handler.path)
            host = f"http://{handler.headers['Host']}"
            handler.send_header("Link", f'<{host}{path}&cursor={start + size}>; rel="next"')
        handler.end_headers()
        handler.wfile.write(body)

    return [answer]


def rcsb_sequences(entities):
    """Answer `/rcsbsearch/v2/query` as RCSB does for its service `sequence`, of some polymer entities.

    `entities` are sequences by names such as 4HHB_1. They are aligned to that of the question as BLAST does it
    (BLOSUM62, gaps 11 + 1 a residue), with the E-values that Karlin and Altschul's statistics give for these scores.
    Names that begin with AF_ are predicted models.
    """
    from Bio.Align import PairwiseAligner, substitution_matrices

    matrix = substitution_matrices.load("BLOSUM62")
    aligner = PairwiseAligner(mode="local", substitution_matrix=matrix, open_gap_score=-12, extend_gap_score=-1)
    n_residues = sum(map(len, entities.values()))

    def alignment(query, subject):
        best = aligner.align(query, subject)[0]
        (first, last), (start, end) = best.coordinates[:, [0, -1]]
        columns = list(zip(best[0], best[1], strict=True))
        bits = (0.267 * best.score - math.log(0.041)) / math.log(2)
        return {
            "sequence_identity": round(sum(a == b for a, b in columns) / len(columns), 3),
            "evalue": len(query) * n_residues * 2.0**-bits,
            "bitscore": round(bits),
            "alignment_length": len(columns),
            "mismatches": sum(a != b and "-" not in (a, b) for a, b in columns),
            "gaps_opened": len(re.findall("-+", best[0])) + len(re.findall("-+", best[1])),
            "query_beg": int(first) + 1,
            "query_end": int(last),
            "subject_beg": int(start) + 1,
            "subject_end": int(end),
            "query_length": len(query),
            "subject_length": len(subject),
            "query_aligned_seq": best[0],
            "subject_aligned_seq": best[1],
        }

    def mistakes(asked):
        node, options = asked["query"], asked["request_options"]
        given, page = node["parameters"], options["paginate"]
        return [
            *([] if (node["type"], node["service"]) == ("terminal", "sequence") else ["no search for a sequence"]),
            *([] if set(given) == {"evalue_cutoff", "identity_cutoff", "sequence_type", "value"} else ["parameters"]),
            *([] if given["sequence_type"] == "protein" else ["sequence type not found in enum"]),
            *([] if re.fullmatch("[A-Z]{25,}", given["value"]) else ["sequence is too short, or has other characters"]),
            *([] if 0 <= given["identity_cutoff"] <= 1 else ["identity_cutoff is not in 0 to 1"]),
            *([] if given["evalue_cutoff"] >= 0 else ["evalue_cutoff is below 0"]),
            *([] if page["start"] >= 0 and 0 <= page["rows"] <= 10_000 else ["paginate is out of bounds"]),
        ]

    def answer(handler):
        if handler.headers["Content-Type"] != "application/json":
            reply(handler, {"status": 415, "message": "Unsupported Media Type"}, 415)
            return
        try:
            asked = json.loads(handler.body)
            wrong = mistakes(asked)
        except (ValueError, KeyError, TypeError) as error:
            wrong = [repr(error)]
        if wrong:
            what = f"JSON schema validation failed for query: {handler.body.decode()}. Errors: {', '.join(wrong)}."
            reply(handler, {"status": 400, "message": what, "link": "https://search.rcsb.org/redoc/index.html"}, 400)
            return
        given, options = asked["query"]["parameters"], asked["request_options"]
        kinds = options.get("results_content_type", ["experimental"])
        found = [
            (name, alignment(given["value"], sequence))
            for name, sequence in entities.items()
            if ("computational" if name.startswith("AF_") else "experimental") in kinds
        ]
        found = [
            (name, one)
            for name, one in found
            if one["sequence_identity"] >= given["identity_cutoff"] and one["evalue"] <= given["evalue_cutoff"]
        ]
        if not found:
            handler.send_response(204)
            handler.end_headers()
            return
        found.sort(key=lambda hit: -hit[1]["bitscore"])
        start = options["paginate"]["start"]
        rows = []
        for name, one in found[start : start + options["paginate"]["rows"]]:
            if asked["return_type"] != "polymer_entity":
                name = name.rpartition("_")[0]
            row = {"identifier": name, "score": 1.0}
            if options.get("results_verbosity") == "verbose":
                node = {"node_id": 0, "original_score": one["bitscore"], "norm_score": 1.0}
                context = {"match_context": [one]} if asked["return_type"] == "polymer_entity" else {}
                row["services"] = [{"service_type": "sequence", "nodes": [node | context]}]
            rows.append(row)
        body = {"query_id": "1", "result_type": asked["return_type"], "total_count": len(found), "result_set": rows}
        reply(handler, body)

    return [answer]
