localrules:
    javascript,
    provenance,
    report,


rule javascript:
    input:
        package=workflow.source_path("../js/package.json"),
        lock=workflow.source_path("../js/package-lock.json"),
    output:
        directory("resources/js"),
    log:
        "<logs>/javascript.log",
    conda:
        "../envs/crossdock.yaml"
    message:
        "downloading the JavaScript libraries of the report"
    shell:
        'crossdock javascript "$(dirname {input.package:q})" -o {output:q} > {log:q} 2>&1'


rule provenance:
    input:
        panel="<results>/made.json",
        records=of_proteins("protein.json"),
        structures=of_proteins("structure.pdb"),
        panels=[f"{folder}/made.json" for folder in RUNS],
        dockings=[
            path
            for folder, run in RUNS.items()
            for path in made_of_pairs("docking.json", run.docked, folder)
        ],
        tables=[
            path
            for folder, run in RUNS.items()
            for path in (
                f"{folder}/scores.csv",
                f"{folder}/ranks.csv",
                *(f"{folder}/matrix/{metric}.csv" for metric in metrics(run)),
            )
        ],
    output:
        "<results>/provenance.json",
    log:
        "<logs>/provenance.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "recording input, software and machine of the run"
    shell:
        "crossdock provenance {input.panel:q} --results {params.results:q} --tables {input.tables:q} -o {output:q} > {log:q} 2>&1"


rule report:
    input:
        panel="<results>/made.json",
        records=of_proteins("protein.json"),
        structures=of_proteins("structure.pdb"),
        dockings=of_all_backends("docking.json"),
        contacts=of_all_backends("interface.csv"),
        pairs=of_all_backends("pair.json"),
        hotspots=[
            f"{RESULTS}/proteins/{receptor.name}/hotspots.csv"
            for receptor in PANEL.receptors
        ],
        panels=[f"{folder}/made.json" for folder in RUNS],
        scores=[f"{folder}/scores.csv" for folder in RUNS],
        ranks=[f"{folder}/ranks.csv" for folder in RUNS],
        statistics=[f"{folder}/statistics.json" for folder in RUNS],
        matrices=expand("<results>/matrix/{metric}.csv", metric=METRICS),
        comparison=["<results>/comparison.json"] if PANEL.published else [],
        agreement="<results>/agreement.json" if PANEL.further else [],
        network=[f"{folder}/network/network.cyjs" for folder in RUNS],
        evidence="<results>/evidence.json",
        refined=refined(),
        javascript=javascript(),
    output:
        page=report(
            "<results>/report.html",
            caption="../report/report.rst",
            category="Report",
            labels={"page": "crossdock report"},
        ),
        summary="<results>/summary.txt",
    log:
        "<logs>/report.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "writing the report"
    shell:
        "crossdock report {input.panel:q} --results {params.results:q} --javascript {input.javascript:q} -o {output.page:q}"
        " --summary {output.summary:q} > {log:q} 2>&1"
