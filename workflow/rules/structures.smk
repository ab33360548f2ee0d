# What asks the network runs where Snakemake does: nodes of clusters often have none.
localrules:
    choose,
    fetch,


rule choose:
    output:
        "resources/entries/{choice}",
    log:
        "<logs>/choose/{choice}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        accession=lambda wildcards: CHOICES[wildcards.choice].query[0],
        residues=lambda wildcards: option_arguments(
            {"residues": CHOICES[wildcards.choice].query[1]}
        ),
        sites=sites,
        record=lambda wildcards: failed("choose", wildcards.choice),
        tries=lambda wildcards: tries("choose", wildcards.choice),
    message:
        "choosing a structure of {params.accession}"
    shell:
        "crossdock attempt --outputs {output:q} --record {params.record:q}"
        " -- suggest {params.accession:q} {params.residues:q} {params.sites:q} -o {output:q} > {log:q} 2>&1"


rule fetch:
    input:
        choice,
    output:
        "resources/entries/{entry}",
    log:
        "<logs>/fetch/{entry}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        entry=lambda wildcards, input: (
            input[0] if input else str(ENTRIES[wildcards.entry])
        ),
        content=lambda wildcards: content(ENTRIES[wildcards.entry].path),
        sites=sites,
        record=lambda wildcards: failed("fetch", wildcards.entry),
        tries=lambda wildcards: tries("fetch", wildcards.entry),
    message:
        "fetching {params.entry}"
    shell:
        "crossdock attempt --inputs {input:q} --outputs {output:q} --record {params.record:q}"
        " -- fetch -o {output:q} {params.sites:q} -- {params.entry:q} > {log:q} 2>&1"


rule prepare:
    input:
        # The entries after the first give a conformer each.
        entry=lambda wildcards: [
            f"resources/entries/{entry.filename}"
            for entry in PANEL.protein(wildcards.protein).entries
        ],
    output:
        structure="<results>/proteins/{protein}/structure.pdb",
        record="<results>/proteins/{protein}/protein.json",
    log:
        "<logs>/prepare/{protein}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        selection=selection,
        membership=membership,
        sequence=lambda wildcards: content(PANEL.protein(wildcards.protein).sequence),
        folder=subpath(output.structure, parent=True),
        record=lambda wildcards: failed("prepare", wildcards.protein),
        tries=lambda wildcards: tries("prepare", wildcards.protein),
    message:
        "preparing {wildcards.protein}"
    shell:
        "crossdock attempt --inputs {input.entry:q} --outputs {output:q} --record {params.record:q}"
        " -- prepare {input.entry:q} -o {params.folder:q} {params.selection:q} {params.membership:q} > {log:q} 2>&1"
