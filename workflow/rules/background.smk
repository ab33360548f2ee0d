# What a protein has with the background set, and with its own ligands by the same short search.
rule background:
    input:
        # Which partners; only a change of these docks anything again.
        panel=ancient("<results>/panel.json"),
        structure="<results>/proteins/{protein}/structure.pdb",
        record=ancient("<results>/proteins/{protein}/protein.json"),
        partners=lambda wildcards: [
            f"{RESULTS}/proteins/{name}/structure.pdb"
            for name in docked_with(PANEL, wildcards.protein)
        ],
    output:
        "<results>/background/{protein}.csv",
    log:
        "<logs>/background/{protein}.log",
    benchmark:
        "<benchmarks>/background/{protein}.tsv"
    conda:
        "../envs/crossdock.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        # In minutes, at 15 s a docking, which large proteins take.
        runtime=lambda wildcards, attempt: attempt
        * (20 + (40 + len(docked_with(PANEL, wildcards.protein))) // 4),
    params:
        results=folder_of_run,
        kept=BACKGROUND_KEPT,
        partners=lambda wildcards: docked_with(PANEL, wildcards.protein),
        closed=lambda wildcards: closed(
            wildcards.protein, *docked_with(PANEL, wildcards.protein)
        ),
        version=__version__,
        record=lambda wildcards: failed("background", wildcards.protein),
        tries=lambda wildcards: tries("background", wildcards.protein),
    message:
        "docking {wildcards.protein} with the proteins of the background"
    shell:
        "crossdock attempt --inputs {input.structure:q} --outputs {output:q} --record {params.record:q}"
        " -- background {input.panel:q} --protein {wildcards.protein:q} --results {params.results:q}"
        " --kept {params.kept:q} --threads {threads} -o {output:q} > {log:q} 2>&1"
