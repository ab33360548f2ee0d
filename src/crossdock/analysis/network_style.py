"""The network's look for Cytoscape: colours of the report, edges as wide as their pairs are strong."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import networkx as nx

from crossdock.analysis.scripts import LIGAND, RECEPTOR
from crossdock.files import write_text

#: Widths of the weakest and the strongest edge.
WIDTHS = 1.0, 8.0
_NODES = {
    "NODE_FILL_COLOR": {"receptor": RECEPTOR, "ligand": LIGAND},
    "NODE_SHAPE": {"receptor": "ROUND_RECTANGLE", "ligand": "ELLIPSE", "both": "ROUND_RECTANGLE"},
}
_DEFAULTS = {
    "node": {
        "NODE_FILL_COLOR": "#999999",
        "NODE_SHAPE": "ELLIPSE",
        "NODE_WIDTH": "75.0",
        "NODE_HEIGHT": "40.0",
        "NODE_BORDER_WIDTH": "0.0",
        "NODE_LABEL_COLOR": "#FFFFFF",
        "NODE_LABEL_FONT_SIZE": "12",
    },
    "edge": {"EDGE_STROKE_UNSELECTED_COLOR": "#8A949A", "EDGE_WIDTH": "2.0"},
}


def write_style(path: str | Path, graph: nx.Graph[str], *, better: str = "low") -> None:
    """Write a style that Cytoscape imports (File, Import, Styles from File).

    Parameters
    ----------
    path : str or Path
        Ends in .xml.
    graph : networkx.Graph
        As `network.build` makes it; edges are as wide as its metric is strong.
    better : {"low", "high"}
        Which end of that metric is the stronger.
    """
    root = Element("vizmap", documentVersion="3.1", id="crossdock")
    style = SubElement(root, "visualStyle", name="crossdock")
    SubElement(SubElement(style, "network"), "visualProperty", name="NETWORK_BACKGROUND_PAINT", default="#FFFFFF")
    for kind, defaults in _DEFAULTS.items():
        group = SubElement(style, kind)
        if kind == "node":
            SubElement(group, "dependency", name="nodeSizeLocked", value="false")
            labels = SubElement(group, "visualProperty", name="NODE_LABEL", default="")
            SubElement(labels, "passthroughMapping", attributeName="label", attributeType="string")
        for name, default in defaults.items():
            made = SubElement(group, "visualProperty", name=name, default=default)
            if name in _NODES:
                mapping = SubElement(made, "discreteMapping", attributeName="role", attributeType="string")
                for role, value in _NODES[name].items():
                    SubElement(mapping, "discreteMappingEntry", attributeValue=role, value=value)
            elif name == "EDGE_WIDTH":
                _widths(made, graph, better)
    indent(root)
    write_text(path, tostring(root, encoding="unicode", xml_declaration=False) + "\n")


def _widths(parent: Element, graph: nx.Graph[str], better: str) -> None:
    """Map the graph's metric to the width of an edge."""
    metric = graph.graph["metric"]
    values = sorted({data[metric] for _, _, data in graph.edges(data=True)})
    if len(values) < 2:
        return
    mapping = SubElement(parent, "continuousMapping", attributeName=metric, attributeType="float")
    widths = WIDTHS if better == "high" else WIDTHS[::-1]
    for value, width in zip((values[0], values[-1]), widths, strict=True):
        point = SubElement(mapping, "continuousMappingPoint", attrValue=str(value))
        for end in ("lesserValue", "equalValue", "greaterValue"):
            point.set(end, str(width))
