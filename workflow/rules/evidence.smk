# What asks the network runs where Snakemake does: nodes of clusters often have none.
localrules:
    evidence,


# A site that cannot be reached is no error. What was answered before lies in resources/evidence, and is not asked again.
rule evidence:
    input:
        panel="<results>/made.json",
        records=of_proteins("protein.json"),
    output:
        "<results>/evidence.json",
    log:
        "<logs>/evidence.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
    message:
        "collecting what databases say of the proteins"
    shell:
        "crossdock evidence {input.panel:q} --results {params.results:q} -o {output:q} > {log:q} 2>&1"
