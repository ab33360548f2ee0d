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
    message:
        "fetching {params.entry}"
    shell:
        "crossdock fetch {params.entry:q} -o {output:q} {SITES:q} > {log:q} 2>&1"


rule prepare:
    input:
        entry=lambda wildcards: f"resources/entries/{PANEL.protein(wildcards.protein).entry.filename}",
        sequence=lambda wildcards: PANEL.protein(wildcards.protein).sequence or [],
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
        "crossdock prepare {input.entry:q} -o {params.folder:q} {params.selection:q} > {log:q} 2>&1"
