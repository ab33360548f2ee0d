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
    wildcard_constraints:
        run=any_of(folder for folder in RUNS if folder not in COMPUTED),
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


# The same for a backend that computes on all pairs, such as with a program of the user's on a graphics card: it is a job
# of the cluster. What was made before is kept by the backend, so that each try goes on where the last one ended. The table is
# named after the options: Snakemake looks for no reason of its own in jobs with an `ancient` input that is made again.
rule predict:
    input:
        **rules.dock_remote.input,
    output:
        "{run}/predicted/{asked}.csv",
    log:
        "{run}/logs/predict-{asked}.log",
    wildcard_constraints:
        run=any_of(COMPUTED),
        asked="[0-9a-f]+",
    conda:
        "../envs/crossdock.yaml"
    threads: 4
    resources:
        gpu=lambda wildcards: COMPUTED[wildcards.run].gpus,
        mem_mb=lambda wildcards, attempt: attempt * COMPUTED[wildcards.run].memory_mb,
        runtime=lambda wildcards, attempt: attempt * COMPUTED[wildcards.run].runtime_min,
    params:
        results=folder_of_run,
        templates="--templates" if LAID_OVER else "",
        what=lambda wildcards: COMPUTED[wildcards.run].does,
        # Pairs that failed are tried again in the next run, as every docking is.
        tries=lambda wildcards: sum(
            tries_in(wildcards.run, "dock", *pair) for pair in HANDED_IN[wildcards.run]
        ),
    message:
        "{params.what}: see {log}"
    shell:
        "rm -f {params.results:q}/predicted/*.csv;"
        " crossdock dock-remote {input.panel:q} {params.templates} --results {params.results:q} -o {output:q} >> {log:q} 2>&1"
