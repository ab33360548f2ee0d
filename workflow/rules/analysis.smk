# Clusters, models and their interfaces: a second or two, so one process for all of it.
rule analyse:
    input:
        receptor="<results>/proteins/{receptor}/structure.pdb",
        ligand="<results>/proteins/{ligand}/structure.pdb",
        poses="<results>/pairs/{receptor}/{ligand}/poses.csv.gz",
        docking="<results>/pairs/{receptor}/{ligand}/docking.json",
        bodies=bodies("<results>/pairs/{receptor}/{ligand}"),
        replicates=replicates,
    output:
        clusters="<results>/pairs/{receptor}/{ligand}/clusters.csv",
        models=directory("<results>/pairs/{receptor}/{ligand}/models"),
        contacts="<results>/pairs/{receptor}/{ligand}/interface.csv",
        residues="<results>/pairs/{receptor}/{ligand}/residues.csv",
        drawings=shown(
            directory("<results>/pairs/{receptor}/{ligand}/drawings"),
            caption="../report/drawing.rst",
            category="Pairs",
            subcategory="{receptor}",
            labels={
                "receptor": "{receptor}",
                "ligand": "{ligand}",
                "drawing": "{drawing}",
            },
            patterns=["{drawing,interface|map}_00.svg"],
        ),
        scripts=multiext("<results>/pairs/{receptor}/{ligand}/view", ".pml", ".cxc"),
        complex="<results>/pairs/{receptor}/{ligand}/complex.cif",
        pair="<results>/pairs/{receptor}/{ligand}/pair.json",
    log:
        "<logs>/analyse/{receptor}/{ligand}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        folder=subpath(output.pair, parent=True),
        record=lambda wildcards: failed("analyse", wildcards.receptor, wildcards.ligand),
        tries=lambda wildcards: tries("analyse", wildcards.receptor, wildcards.ligand),
        options=lambda wildcards: analysis_arguments(
            PANEL, wildcards.receptor, wildcards.ligand
        ),
        replicates=lambda wildcards, input: option_arguments(
            {"replicates": tuple(input.replicates)}
        ),
    message:
        "analysing the models of {wildcards.ligand} on {wildcards.receptor}"
    shell:
        "crossdock attempt --inputs {input.docking:q} {input.replicates:q} --outputs {output:q} --record {params.record:q}"
        " -- analyse {input.receptor:q} {input.ligand:q} --poses {input.poses:q} --docking {input.docking:q}"
        " --names {wildcards.receptor:q} {wildcards.ligand:q} {params.options:q}"
        " {params.replicates:q} -o {params.folder:q} > {log:q} 2>&1"


# All of that for several ligands of a receptor, where single pairs would be too many jobs or too short ones. Pairs that
# are there already and made of the same stay as they are.
rule batch:
    input:
        settings="<results>/batches/settings.json",
        receptor="<results>/proteins/{receptor}/structure.pdb",
        ligands=lambda wildcards: of_batch("structure.pdb", wildcards),
        records=lambda wildcards: ancient(
            [
                f"{RESULTS}/proteins/{wildcards.receptor}/protein.json",
                *of_batch("protein.json", wildcards),
            ]
        ),
    output:
        "<results>/batches/{receptor}/{batch}.csv",
    log:
        "<logs>/batch/{receptor}/{batch}.log",
    benchmark:
        "<benchmarks>/batch/{receptor}/{batch}.tsv"
    conda:
        "../envs/crossdock.yaml"
    resources:
        gpu=gpus(PANEL),
        mem_mb=lambda wildcards, attempt: memory_mb(
            PANEL,
            sizes_of(
                wildcards.receptor, *BATCHES[wildcards.receptor][wildcards.batch]
            ),
            attempt,
        ),
        runtime=lambda wildcards, attempt: runtime_min(
            PANEL,
            sizes_of(
                wildcards.receptor, *BATCHES[wildcards.receptor][wildcards.batch]
            ),
            attempt,
        ),
    params:
        ligands=lambda wildcards: BATCHES[wildcards.receptor][wildcards.batch],
        results=folder_of_run,
        kept=KEPT,
        record=lambda wildcards: failed("batch", wildcards.receptor, wildcards.batch),
        tries=lambda wildcards: tries("batch", wildcards.receptor, wildcards.batch),
        shown=lambda wildcards: shortened(BATCHES[wildcards.receptor][wildcards.batch]),
        version=(__version__, BACKEND.version),
        closed=lambda wildcards: closed(
            wildcards.receptor, *BATCHES[wildcards.receptor][wildcards.batch]
        ),
    message:
        "docking batch {wildcards.batch} of {wildcards.receptor}: {params.shown}"
    shell:
        "crossdock batch {input.settings:q} --receptor {wildcards.receptor:q} --ligands {params.ligands:q}"
        " --results {params.results:q} --kept {params.kept:q} --record {params.record:q} --threads {threads} -o {output:q} > {log:q} 2>&1"


rule hotspots:
    input:
        # Which ligands count; the names of some thousands are more than a command line takes.
        panel="<results>/panel.json",
        receptor="<results>/proteins/{receptor}/structure.pdb",
        pairs=lambda wildcards: made_of_pairs(
            "residues.csv", PANEL.pairs_of(wildcards.receptor)
        ),
    output:
        table="<results>/proteins/{receptor}/hotspots.csv",
        structure="<results>/proteins/{receptor}/hotspots.pdb",
    log:
        "<logs>/hotspots/{receptor}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        folder=subpath(output.table, parent=True),
        results=folder_of_run,
    message:
        "finding the residues of {wildcards.receptor} that ligands contact"
    shell:
        "crossdock attempt --inputs {input.receptor:q} --outputs {output:q}"
        " -- hotspots {input.panel:q} --results {params.results:q} --receptor {wildcards.receptor:q} -o {params.folder:q} > {log:q} 2>&1"


localrules:
    panel,
    settings,
    made,
    matrix,
    compare,
    network,


rule panel:
    output:
        "<results>/panel.json",
    log:
        "<logs>/panel.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        panel=PANEL.to_record(),
    message:
        "writing the panel"
    script:
        "../scripts/panel.py"


# What of the panel the making of a pair depends on: another ligand in the lists changes nothing here.
use rule panel as settings with:
    output:
        "<results>/batches/settings.json",
    log:
        "<logs>/settings.log",
    params:
        panel=PANEL.of_pairs.to_record(),
    message:
        "writing the settings of docking"


# What follows takes the panel without the proteins and pairs that failed.
rule made:
    input:
        panel="<results>/panel.json",
        records=of_proteins("protein.json"),
        pairs=made_of_pairs("pair.json", PANEL.docked),
    output:
        "<results>/made.json",
    log:
        "<logs>/made.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "listing what could be made"
    shell:
        "crossdock made {input.panel:q} --results {params.results:q} -o {output:q} > {log:q} 2>&1"


rule matrix:
    input:
        panel="<results>/made.json",
        pairs=made_of_pairs("pair.json", PANEL.docked),
        residues=made_of_pairs("residues.csv"),
        proteins=of_proteins("protein.json"),
        structures=of_proteins("structure.pdb"),
    output:
        scores=report(
            "<results>/scores.csv",
            caption="../report/scores.rst",
            category="Matrices",
            labels={"table": "all metrics, tidy"},
        ),
        ranks=report(
            "<results>/ranks.csv",
            caption="../report/ranks.rst",
            category="Matrices",
            labels={"table": "ranks of the ligands"},
        ),
        statistics="<results>/statistics.json",
        matrices=[
            report(
                f"{RESULTS}/matrix/{name}.csv",
                caption="../report/matrix.rst",
                category="Matrices",
                labels={"table": name.replace("_", " "), "unit": metric.unit},
            )
            for name, metric in METRICS.items()
        ],
    log:
        "<logs>/matrix.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
        published=content(PANEL.published),
        # Another version of a package may compute its metric in another way.
        metrics=packages(METRICS_OF_OTHERS),
    message:
        "writing the matrices of all pairs"
    shell:
        "crossdock matrix {input.panel:q} --results {params.results:q} > {log:q} 2>&1"


rule compare:
    input:
        panel="<results>/made.json",
        proteins=of_proteins("protein.json"),
        matrices=expand("<results>/matrix/{metric}.csv", metric=METRICS),
        scores="<results>/scores.csv",
        ranks="<results>/ranks.csv",
        statistics="<results>/statistics.json",
    output:
        "<results>/comparison.json",
    log:
        "<logs>/compare.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
        published=content(PANEL.published),
    message:
        "comparing with the published table"
    shell:
        "crossdock compare {input.panel:q} --results {params.results:q} -o {output:q} > {log:q} 2>&1"


rule network:
    input:
        panel="<results>/made.json",
        proteins=of_proteins("protein.json"),
        scores="<results>/scores.csv",
        statistics="<results>/statistics.json",
    output:
        graphml=network_file("network.graphml", "networkx, Cytoscape"),
        cytoscape=network_file("network.cyjs", "Cytoscape"),
        edges=network_file("edges.csv", "a spreadsheet"),
        style=network_file("style.xml", "Cytoscape, the look"),
    log:
        "<logs>/network.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "making the network"
    shell:
        "crossdock network {input.panel:q} --results {params.results:q} > {log:q} 2>&1"
