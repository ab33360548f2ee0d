localrules:
    dock_remote,


# For a backend that docks on a server: one process waits for all pairs.
rule dock_remote:
    input:
        panel="{run}/panel.json",
        structures=lambda wildcards: sorted(
            {
                f"{RESULTS}/proteins/{name}/structure.pdb"
                for pair in HANDED_IN[wildcards.run]
                for name in pair
            }
        ),
    output:
        "{run}/remote.csv",
    log:
        "{run}/logs/dock_remote.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
        # A site that is asked now may know pairs that had no result before.
        gathers=lambda wildcards: BACKENDS[wildcards.run].elsewhere.gathers(
            RUNS[wildcards.run].settings
        ),
    message:
        "docking the pairs on a server, and waiting: see {log}"
    shell:
        "crossdock dock-remote {input.panel:q} --results {params.results:q} -o {output:q} >> {log:q} 2>&1"
