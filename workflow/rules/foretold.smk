SPEED = "resources/speed.json"


def dockings(jobs):
    """Count how many times each pair is docked by jobs."""
    times = Counter()
    for job in jobs:
        receptor = job.wildcards.get("receptor")
        if job.rule.name == "batch":
            ligands = BATCHES[receptor][job.wildcards.batch]
            times.update({(receptor, ligand): PANEL.replicates for ligand in ligands})
        elif job.rule.name in ("dock", "replicate"):
            times[receptor, job.wildcards.ligand] += 1
    return times


def foretell(times, measure=False):
    """Say what it takes to dock pairs so many times, as fast as this machine was measured, at most a day ago, to dock."""
    seconds = {
        pair: FORETOLD[pair] / PANEL.replicates * n
        for pair, n in times.items()
        if pair in FORETOLD
    }
    device = PANEL.docking["device"]
    cluster = workflow.resource_settings.nodes is not None
    if not seconds or (cluster and device == "cuda"):
        return
    if cluster:
        return say(time_needed(len(times), seconds, None))
    card = workflow.global_resources.get("gpu")
    workers = workflow.cores if device == "cpu" else card.value if card else 1
    speed = kept_speed(SPEED, workers, device)
    if measure and speed is None and sum(seconds.values()) > TOO_LITTLE:
        say("measuring how fast this machine docks, for some seconds")
        try:
            speed = keep_speed(SPEED, workers, device)
        except (CrossdockError, OSError, RuntimeError) as error:
            say(f"it could not be measured: {error}")
    if speed or device == "cpu":
        unmeasured = "" if speed else "; this machine has not been measured"
        say(
            time_needed(len(times), seconds, workers, speed or 1.0, device) + unmeasured
        )


def say(text):
    print(f"crossdock: docking: {text}", file=sys.stderr, flush=True)


# What a dry run would do is not known before it is printed, so that it says what all of the panel takes.
if workflow.is_main_process and workflow.output_settings.dryrun:
    foretell({(one.name, other.name): PANEL.replicates for one, other in PANEL.docked})
