localrules:
    cluspro,


# One process for all pairs: waiting for a server needs no more.
rule cluspro:
    input:
        panel="results/panel.json",
        structures=sorted(
            {
                f"results/proteins/{name}/structure.pdb"
                for pair in HANDED_IN
                for name in pair
            }
        ),
    output:
        "results/cluspro.csv",
    log:
        "results/logs/cluspro.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        folder=CLUSPRO,
    message:
        "handing in to ClusPro, and waiting: see {log}, or `crossdock cluspro jobs`"
    shell:
        "crossdock cluspro dock {input.panel:q} --results results --folder {params.folder:q} -o {output:q}"
        " >> {log:q} 2>&1"
