localrules:
    dock_remote,


# For a backend that docks on a server: one process waits for all pairs.
rule dock_remote:
    input:
        panel="<results>/panel.json",
        structures=sorted(
            {
                f"{RESULTS}/proteins/{name}/structure.pdb"
                for pair in HANDED_IN
                for name in pair
            }
        ),
    output:
        REMOTE,
    log:
        "<logs>/dock_remote.log",
    conda:
        "../envs/crossdock.yaml"
    params:
        results=folder_of_run,
        # A site that is asked now may know pairs that had no result before.
        gathers=bool(BACKEND.elsewhere and BACKEND.elsewhere.gathers(PANEL.settings)),
    message:
        "docking the pairs on a server, and waiting: see {log}"
    shell:
        "crossdock dock-remote {input.panel:q} --results {params.results:q} -o {output:q} >> {log:q} 2>&1"
