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
        dockings=made_of_pairs("docking.json", PANEL.docked),
        tables=[
            "<results>/scores.csv",
            "<results>/ranks.csv",
            *expand("<results>/matrix/{metric}.csv", metric=METRICS),
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
        dockings=made_of_pairs("docking.json"),
        contacts=made_of_pairs("interface.csv"),
        pairs=made_of_pairs("pair.json"),
        hotspots=[
            f"{RESULTS}/proteins/{receptor.name}/hotspots.csv"
            for receptor in PANEL.receptors
        ],
        scores="<results>/scores.csv",
        ranks="<results>/ranks.csv",
        statistics="<results>/statistics.json",
        matrices=expand("<results>/matrix/{metric}.csv", metric=METRICS),
        comparison=["<results>/comparison.json"] if PANEL.published else [],
        network="<results>/network/network.cyjs",
        evidence="<results>/evidence.json",
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
