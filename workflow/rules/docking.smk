localrules:
    sizes,


# The sizes of all proteins, which tell what pairs are to be searched in parts.
checkpoint sizes:
    input:
        of_proteins("protein.json"),
    output:
        "<results>/sizes.json",
    log:
        "<logs>/sizes.log",
    conda:
        "../envs/crossdock.yaml"
    message:
        "finding pairs whose search is split"
    script:
        "../scripts/sizes.py"


rule dock:
    input:
        receptor="<results>/proteins/{receptor}/structure.pdb",
        ligand="<results>/proteins/{ligand}/structure.pdb",
        receptor_record=ancient("<results>/proteins/{receptor}/protein.json"),
        ligand_record=ancient("<results>/proteins/{ligand}/protein.json"),
        job=remote,
        scans=scans,
        guide=guide,
        templates=templates,
    output:
        poses="{run}/pairs/{receptor}/{ligand}/poses.csv.gz",
        record="{run}/pairs/{receptor}/{ligand}/docking.json",
        bodies=bodies("{run}/pairs/{receptor}/{ligand}", BACKEND),
    log:
        "{run}/logs/dock/{receptor}/{ligand}.log",
    benchmark:
        "{run}/benchmarks/dock/{receptor}/{ligand}.tsv"
    wildcard_constraints:
        run=any_of(ALIKE),
    conda:
        "../envs/crossdock.yaml"
    resources:
        gpu=lambda wildcards: gpus(RUNS[wildcards.run]),
        mem_mb=lambda wildcards, attempt: memory_mb(
            RUNS[wildcards.run],
            sizes_of(RUNS[wildcards.run], wildcards.receptor, wildcards.ligand),
            attempt,
        ),
        runtime=lambda wildcards, attempt: runtime_min(
            RUNS[wildcards.run],
            sizes_of(RUNS[wildcards.run], wildcards.receptor, wildcards.ligand),
            attempt,
        ),
    params:
        folder=subpath(output.poses, parent=True),
        kept=KEPT,
        record=lambda wildcards: failed_in(
            wildcards.run, "dock", wildcards.receptor, wildcards.ligand
        ),
        tries=lambda wildcards: tries_in(
            wildcards.run, "dock", wildcards.receptor, wildcards.ligand
        ),
        closed=lambda wildcards: closed(wildcards.receptor, wildcards.ligand),
        # Scores of two versions may not stand in one matrix.
        version=version_of,
        # Parameters that follow from input or output are not compared with those of the last run; these are.
        options=lambda wildcards: docking_arguments(RUNS[wildcards.run]),
        job=of_pair,
    message:
        "docking {wildcards.ligand} to {wildcards.receptor}"
    shell:
        "crossdock attempt --inputs {input.receptor:q} {input.ligand:q} {input.scans:q} --outputs {output:q}"
        " --record {params.record:q} -- dock {input.receptor:q} {input.ligand:q} -o {params.folder:q} --poses-only"
        " --receptor-record {input.receptor_record:q} --ligand-record {input.ligand_record:q}"
        " --kept {params.kept:q} --threads {threads} {params.options:q} {params.job:q} > {log:q} 2>&1"


rule scan:
    input:
        receptor="<results>/proteins/{receptor}/structure.pdb",
        ligand="<results>/proteins/{ligand}/structure.pdb",
        receptor_record=ancient("<results>/proteins/{receptor}/protein.json"),
        ligand_record=ancient("<results>/proteins/{ligand}/protein.json"),
        guide=guide,
        templates=templates,
    output:
        temp("{run}/pairs/{receptor}/{ligand}/scan/{part}-of-{parts}.npz"),
    log:
        "{run}/logs/scan/{receptor}/{ligand}_{part}-of-{parts}.log",
    conda:
        "../envs/crossdock.yaml"
    resources:
        gpu=lambda wildcards: gpus(RUNS[wildcards.run]),
        mem_mb=lambda wildcards, attempt: memory_mb(
            RUNS[wildcards.run],
            sizes_of(RUNS[wildcards.run], wildcards.receptor, wildcards.ligand),
            attempt,
        ),
        runtime=lambda wildcards, attempt: runtime_min(
            RUNS[wildcards.run],
            sizes_of(RUNS[wildcards.run], wildcards.receptor, wildcards.ligand),
            attempt,
            share=1 / int(wildcards.parts),
        ),
    params:
        record=lambda wildcards: failed_in(
            wildcards.run, "scan", wildcards.receptor, wildcards.ligand, wildcards.part
        ),
        tries=lambda wildcards: tries_in(
            wildcards.run, "scan", wildcards.receptor, wildcards.ligand, wildcards.part
        ),
        closed=lambda wildcards: closed(wildcards.receptor, wildcards.ligand),
        version=version_of,
        options=lambda wildcards: docking_arguments(RUNS[wildcards.run]),
        job=of_pair,
    message:
        "docking {wildcards.ligand} to {wildcards.receptor}, part {wildcards.part} of {wildcards.parts} of the search"
    shell:
        "crossdock attempt --inputs {input.receptor:q} {input.ligand:q} --outputs {output:q} --record {params.record:q}"
        " -- scan {input.receptor:q} {input.ligand:q} -o {output:q} --part {wildcards.part} --parts {wildcards.parts}"
        " --receptor-record {input.receptor_record:q} --ligand-record {input.ligand_record:q}"
        " --threads {threads} {params.options:q} {params.job:q} > {log:q} 2>&1"


# The same from other start orientations: what of a score is the search's own noise.
use rule dock as replicate with:
    output:
        poses="{run}/pairs/{receptor}/{ligand}/replicates/{replicate}/poses.csv.gz",
        record="{run}/pairs/{receptor}/{ligand}/replicates/{replicate}/docking.json",
        bodies=bodies("{run}/pairs/{receptor}/{ligand}/replicates/{replicate}", BACKEND),
    log:
        "{run}/logs/dock/{receptor}/{ligand}_{replicate}.log",
    benchmark:
        "{run}/benchmarks/dock/{receptor}/{ligand}_{replicate}.tsv"
    params:
        folder=subpath(output.poses, parent=True),
        kept=KEPT,
        record=lambda wildcards: failed_in(
            wildcards.run,
            "dock",
            wildcards.receptor,
            wildcards.ligand,
            wildcards.replicate,
        ),
        tries=lambda wildcards: tries_in(
            wildcards.run,
            "dock",
            wildcards.receptor,
            wildcards.ligand,
            wildcards.replicate,
        ),
        closed=lambda wildcards: closed(wildcards.receptor, wildcards.ligand),
        version=version_of,
        options=lambda wildcards: docking_arguments(
            RUNS[wildcards.run], int(wildcards.replicate)
        ),
        job=of_pair,
    message:
        "docking {wildcards.ligand} to {wildcards.receptor}, replicate {wildcards.replicate}"


# A further backend may give models with coordinates of their own where the main one gives poses, or the other way round.
if UNLIKE:

    use rule dock as dock_further with:
        output:
            poses="{run}/pairs/{receptor}/{ligand}/poses.csv.gz",
            record="{run}/pairs/{receptor}/{ligand}/docking.json",
            bodies=bodies("{run}/pairs/{receptor}/{ligand}", *UNLIKE.values()),
        wildcard_constraints:
            run=any_of(UNLIKE),

    use rule replicate as replicate_further with:
        output:
            poses="{run}/pairs/{receptor}/{ligand}/replicates/{replicate}/poses.csv.gz",
            record="{run}/pairs/{receptor}/{ligand}/replicates/{replicate}/docking.json",
            bodies=bodies(
                "{run}/pairs/{receptor}/{ligand}/replicates/{replicate}",
                *UNLIKE.values(),
            ),
        wildcard_constraints:
            run=any_of(UNLIKE),
