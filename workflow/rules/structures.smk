rule fetch:
    input:
        lambda wildcards: ENTRIES[wildcards.entry].path or [],
    output:
        "resources/entries/{entry}",
    log:
        "results/logs/fetch/{entry}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        entry=lambda wildcards: str(ENTRIES[wildcards.entry]),
        sources=options(**PANEL.entries),
    message:
        "fetching {params.entry}"
    shell:
        "crossdock fetch {params.entry:q} -o {output:q} {params.sources:q} > {log:q} 2>&1"


rule prepare:
    input:
        lambda wildcards: f"resources/entries/{PANEL.protein(wildcards.protein).entry.filename}",
    output:
        structure="results/proteins/{protein}/structure.pdb",
        record="results/proteins/{protein}/protein.json",
    log:
        "results/logs/prepare/{protein}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        selection=selection,
        folder=subpath(output.structure, parent=True),
    message:
        "preparing {wildcards.protein}"
    shell:
        "crossdock prepare {input:q} -o {params.folder:q} {params.selection:q} > {log:q} 2>&1"
