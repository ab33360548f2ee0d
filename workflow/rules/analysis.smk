# Clusters, models and their interfaces: a second or two, so one process for all of it.
rule analyse:
    input:
        receptor="<results>/proteins/{receptor}/structure.pdb",
        ligand="<results>/proteins/{ligand}/structure.pdb",
        poses="{run}/pairs/{receptor}/{ligand}/poses.csv.gz",
        docking="{run}/pairs/{receptor}/{ligand}/docking.json",
        bodies=bodies_of,
        replicates=replicates,
    output:
        clusters="{run}/pairs/{receptor}/{ligand}/clusters.csv",
        models=directory("{run}/pairs/{receptor}/{ligand}/models"),
        contacts="{run}/pairs/{receptor}/{ligand}/interface.csv",
        residues="{run}/pairs/{receptor}/{ligand}/residues.csv",
        drawings=shown(
            directory("{run}/pairs/{receptor}/{ligand}/drawings"),
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
        scripts=multiext("{run}/pairs/{receptor}/{ligand}/view", ".pml", ".cxc"),
        complex="{run}/pairs/{receptor}/{ligand}/complex.cif",
        pair="{run}/pairs/{receptor}/{ligand}/pair.json",
    log:
        "{run}/logs/analyse/{receptor}/{ligand}.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        folder=subpath(output.pair, parent=True),
        record=lambda wildcards: failed_in(
            wildcards.run, "analyse", wildcards.receptor, wildcards.ligand
        ),
        tries=lambda wildcards: tries_in(
            wildcards.run, "analyse", wildcards.receptor, wildcards.ligand
        ),
        options=lambda wildcards: analysis_arguments(
            RUNS[wildcards.run], wildcards.receptor, wildcards.ligand
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


# Only with `refine`: the first models with hydrogens, minimised, beside the docked ones.
rule refine:
    input:
        receptor="<results>/proteins/{receptor}/structure.pdb",
        ligand="<results>/proteins/{ligand}/structure.pdb",
        models="{run}/pairs/{receptor}/{ligand}/models",
        pair="{run}/pairs/{receptor}/{ligand}/pair.json",
    output:
        record="{run}/pairs/{receptor}/{ligand}/refined/refined.json",
        contacts="{run}/pairs/{receptor}/{ligand}/refined/interface.csv",
    log:
        "{run}/logs/refine/{receptor}/{ligand}.log",
    benchmark:
        "{run}/benchmarks/refine/{receptor}/{ligand}.tsv"
    conda:
        "../envs/crossdock.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * REFINING_MB,
        runtime=lambda wildcards, attempt: refining_min(
            RUNS[wildcards.run], attempt=attempt
        ),
    params:
        folder=subpath(input.pair, parent=True),
        record=lambda wildcards: failed_in(
            wildcards.run, "refine", wildcards.receptor, wildcards.ligand
        ),
        tries=lambda wildcards: tries_in(
            wildcards.run, "refine", wildcards.receptor, wildcards.ligand
        ),
        options=option_arguments(PANEL.refine),
    message:
        "refining the first models of {wildcards.ligand} on {wildcards.receptor}"
    shell:
        "crossdock attempt --inputs {input.pair:q} --outputs {output:q} --record {params.record:q}"
        " -- refine {params.folder:q} --structures {input.receptor:q} {input.ligand:q} {params.options:q}"
        " > {log:q} 2>&1"


# All of that for several ligands of a receptor, where single pairs would be too many jobs or too short ones. Pairs that
# are there already and made of the same stay as they are.
rule batch:
    input:
        settings="{run}/batches/settings.json",
        receptor="<results>/proteins/{receptor}/structure.pdb",
        ligands=lambda wildcards: of_batch("structure.pdb", wildcards),
        records=lambda wildcards: ancient(
            [
                f"{RESULTS}/proteins/{wildcards.receptor}/protein.json",
                *of_batch("protein.json", wildcards),
            ]
        ),
        guides=guides_of_batch,
        templates=templates,
    output:
        "{run}/batches/{receptor}/{batch}.csv",
    log:
        "{run}/logs/batch/{receptor}/{batch}.log",
    benchmark:
        "{run}/benchmarks/batch/{receptor}/{batch}.tsv"
    conda:
        "../envs/crossdock.yaml"
    resources:
        gpu=lambda wildcards: gpus(RUNS[wildcards.run]),
        mem_mb=lambda wildcards, attempt: memory_mb(
            RUNS[wildcards.run],
            sizes_of(RUNS[wildcards.run], wildcards.receptor, *batch_of(wildcards)),
            attempt,
        ),
        runtime=lambda wildcards, attempt: runtime_min(
            RUNS[wildcards.run],
            sizes_of(RUNS[wildcards.run], wildcards.receptor, *batch_of(wildcards)),
            attempt,
        )
        + refining_min(RUNS[wildcards.run], len(batch_of(wildcards)), attempt),
    params:
        ligands=lambda wildcards: batch_of(wildcards),
        results=lambda wildcards: wildcards.run,
        kept=KEPT,
        guides=lambda wildcards, input: option_arguments(
            {
                "guides": table_of(PANEL) if input.guides else None,
                "templates": TEMPLATES if input.templates else None,
            }
        ),
        unrefined=unrefined,
        record=lambda wildcards: failed_in(
            wildcards.run, "batch", wildcards.receptor, wildcards.batch
        ),
        tries=lambda wildcards: tries_in(
            wildcards.run, "batch", wildcards.receptor, wildcards.batch
        ),
        shown=lambda wildcards: shortened(batch_of(wildcards)),
        version=version_of,
        closed=lambda wildcards: closed(wildcards.receptor, *batch_of(wildcards)),
    message:
        "docking batch {wildcards.batch} of {wildcards.receptor}: {params.shown}"
    shell:
        "crossdock batch {input.settings:q} --receptor {wildcards.receptor:q} --ligands {params.ligands:q}"
        " --results {params.results:q} --kept {params.kept:q} {params.guides:q} {params.unrefined:q}"
        " --record {params.record:q} --threads {threads}"
        " -o {output:q} > {log:q} 2>&1"


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
    compare,
    agreement,
    network,


rule panel:
    output:
        "{run}/panel.json",
    log:
        "{run}/logs/panel.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        panel=lambda wildcards: (
            PANEL if wildcards.run == RESULTS else RUNS[wildcards.run]
        ).to_record(),
    message:
        "writing the panel"
    script:
        "../scripts/panel.py"


# What of the panel the making of a pair depends on: another ligand in the lists changes nothing here.
use rule panel as settings with:
    output:
        "{run}/batches/settings.json",
    log:
        "{run}/logs/settings.log",
    params:
        panel=lambda wildcards: RUNS[wildcards.run].of_pairs.to_record(),
    message:
        "writing the settings of docking"


# What follows takes the panel without the proteins and pairs that failed.
rule made:
    input:
        panel="{run}/panel.json",
        records=of_proteins("protein.json"),
        pairs=lambda wildcards: made_of_pairs(
            "pair.json", RUNS[wildcards.run].docked, wildcards.run
        ),
    output:
        "{run}/made.json",
    log:
        "{run}/logs/made.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "listing what could be made"
    shell:
        "crossdock made {input.panel:q} --results {params.results:q} -o {output:q} > {log:q} 2>&1"


# One for each backend, as metrics, and with them the files, hang on it.
for RUN in PANEL.runs:

    rule:
        name:
            "matrix" if RUN.results == RESULTS else f"matrix_{RUN.backend}"
        input:
            panel=f"{RUN.results}/made.json",
            pairs=made_of_pairs("pair.json", RUN.docked, RUN.results),
            background=background_of(RUN),
            proteins=of_proteins("protein.json"),
        output:
            scores=report(
                f"{RUN.results}/scores.csv",
                caption="../report/scores.rst",
                category="Matrices",
                labels={"table": "all metrics, tidy", **of_backend(RUN)},
            ),
            ranks=report(
                f"{RUN.results}/ranks.csv",
                caption="../report/ranks.rst",
                category="Matrices",
                labels={"table": "ranks of the ligands", **of_backend(RUN)},
            ),
            statistics=f"{RUN.results}/statistics.json",
            matrices=[
                report(
                    f"{RUN.results}/matrix/{name}.csv",
                    caption="../report/matrix.rst",
                    category="Matrices",
                    labels={
                        "table": name.replace("_", " "),
                        "unit": metric.unit,
                        **of_backend(RUN),
                    },
                )
                for name, metric in metrics(RUN).items()
            ],
        log:
            f"{RUN.results}/logs/matrix.log",
        localrule: True
        conda:
            "../envs/crossdock.yaml"
        params:
            results=subpath(output.scores, parent=True),
            published=content(RUN.published),
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


# Only with several backends: where their models of a pair lie alike, and which pairs they rank alike.
rule agreement:
    input:
        panels=[f"{folder}/made.json" for folder in RUNS],
        structures=of_proteins("structure.pdb"),
        pairs=of_all_backends("pair.json"),
        contacts=of_all_backends("interface.csv"),
        statistics=[f"{folder}/statistics.json" for folder in RUNS],
        ranks=[f"{folder}/ranks.csv" for folder in RUNS],
    output:
        table="<results>/agreement.csv",
        record="<results>/agreement.json",
    log:
        "<logs>/agreement.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "comparing the backends"
    shell:
        "crossdock agreement {input.panels[0]:q} --results {params.results:q} > {log:q} 2>&1"


rule network:
    input:
        panel="{run}/made.json",
        proteins=of_proteins("protein.json"),
        scores="{run}/scores.csv",
        statistics="{run}/statistics.json",
    output:
        graphml=network_file("network.graphml", "networkx, Cytoscape"),
        cytoscape=network_file("network.cyjs", "Cytoscape"),
        edges=network_file("edges.csv", "a spreadsheet"),
        style=network_file("style.xml", "Cytoscape, the look"),
    log:
        "{run}/logs/network.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "making the network"
    shell:
        "crossdock network {input.panel:q} --results {params.results:q} > {log:q} 2>&1"
