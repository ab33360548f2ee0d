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
    output:
        poses="<results>/pairs/{receptor}/{ligand}/poses.csv.gz",
        record="<results>/pairs/{receptor}/{ligand}/docking.json",
        bodies=bodies("<results>/pairs/{receptor}/{ligand}"),
    log:
        "<logs>/dock/{receptor}/{ligand}.log",
    benchmark:
        "<benchmarks>/dock/{receptor}/{ligand}.tsv"
    conda:
        "../envs/crossdock.yaml"
    resources:
        gpu=gpus(PANEL),
        mem_mb=lambda wildcards, attempt: memory_mb(
            PANEL, sizes_of(wildcards.receptor, wildcards.ligand), attempt
        ),
        runtime=lambda wildcards, attempt: runtime_min(
            PANEL, sizes_of(wildcards.receptor, wildcards.ligand), attempt
        ),
    params:
        folder=subpath(output.poses, parent=True),
        kept=KEPT,
        record=lambda wildcards: failed("dock", wildcards.receptor, wildcards.ligand),
        tries=lambda wildcards: tries("dock", wildcards.receptor, wildcards.ligand),
        closed=lambda wildcards: closed(wildcards.receptor, wildcards.ligand),
        # Scores of two versions may not stand in one matrix.
        version=(__version__, BACKEND.version),
        # Parameters that follow from input or output are not compared with those of the last run; these are.
        options=docking_arguments(PANEL),
        job=lambda wildcards, input: option_arguments(
            {"result": input.job, "scans": tuple(input.scans)}
        ),
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
    output:
        temp("<results>/pairs/{receptor}/{ligand}/scan/{part}-of-{parts}.npz"),
    log:
        "<logs>/scan/{receptor}/{ligand}_{part}-of-{parts}.log",
    conda:
        "../envs/crossdock.yaml"
    resources:
        gpu=gpus(PANEL),
        mem_mb=lambda wildcards, attempt: memory_mb(
            PANEL, sizes_of(wildcards.receptor, wildcards.ligand), attempt
        ),
        runtime=lambda wildcards, attempt: runtime_min(
            PANEL,
            sizes_of(wildcards.receptor, wildcards.ligand),
            attempt,
            share=1 / int(wildcards.parts),
        ),
    params:
        record=lambda wildcards: failed(
            "scan", wildcards.receptor, wildcards.ligand, wildcards.part
        ),
        tries=lambda wildcards: tries(
            "scan", wildcards.receptor, wildcards.ligand, wildcards.part
        ),
        closed=lambda wildcards: closed(wildcards.receptor, wildcards.ligand),
        version=(__version__, BACKEND.version),
        options=docking_arguments(PANEL),
    message:
        "docking {wildcards.ligand} to {wildcards.receptor}, part {wildcards.part} of {wildcards.parts} of the search"
    shell:
        "crossdock attempt --inputs {input.receptor:q} {input.ligand:q} --outputs {output:q} --record {params.record:q}"
        " -- scan {input.receptor:q} {input.ligand:q} -o {output:q} --part {wildcards.part} --parts {wildcards.parts}"
        " --receptor-record {input.receptor_record:q} --ligand-record {input.ligand_record:q}"
        " --threads {threads} {params.options:q} > {log:q} 2>&1"


# The same from other start orientations: what of a score is the search's own noise.
use rule dock as replicate with:
    output:
        poses="<results>/pairs/{receptor}/{ligand}/replicates/{replicate}/poses.csv.gz",
        record="<results>/pairs/{receptor}/{ligand}/replicates/{replicate}/docking.json",
        bodies=bodies("<results>/pairs/{receptor}/{ligand}/replicates/{replicate}"),
    log:
        "<logs>/dock/{receptor}/{ligand}_{replicate}.log",
    benchmark:
        "<benchmarks>/dock/{receptor}/{ligand}_{replicate}.tsv"
    params:
        folder=subpath(output.poses, parent=True),
        kept=KEPT,
        record=lambda wildcards: failed(
            "dock", wildcards.receptor, wildcards.ligand, wildcards.replicate
        ),
        tries=lambda wildcards: tries(
            "dock", wildcards.receptor, wildcards.ligand, wildcards.replicate
        ),
        closed=lambda wildcards: closed(wildcards.receptor, wildcards.ligand),
        version=(__version__, BACKEND.version),
        options=lambda wildcards: docking_arguments(PANEL, int(wildcards.replicate)),
        job=[],
    message:
        "docking {wildcards.ligand} to {wildcards.receptor}, replicate {wildcards.replicate}"
