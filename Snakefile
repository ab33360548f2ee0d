include: "workflow/Snakefile"


# An include never sets the default target.
rule default:
    default_target: True
    input:
        rules.all.input,
