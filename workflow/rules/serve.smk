localrules:
    serve,


# For a backend that docks elsewhere: one process for all pairs, since waiting for a server needs no more.
rule serve:
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
        SERVED,
    log:
        "results/logs/serve.log",
    conda:
        "../envs/crossdock.yaml"
    message:
        "having the pairs docked elsewhere, and waiting: see {log}"
    shell:
        "crossdock serve {input.panel:q} --results results -o {output:q} >> {log:q} 2>&1"
