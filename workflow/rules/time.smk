SPEED = "resources/speed.json"


def dockings(jobs):
    """Count how many times each pair is docked by jobs, by the folder of the backend's run and the pair."""
    times = Counter()
    for job in jobs:
        run, receptor = job.wildcards.get("run"), job.wildcards.get("receptor")
        if job.rule.name == "batch":
            ligands = BATCHES[run][receptor][job.wildcards.batch]
            times.update(
                {(run, receptor, one): RUNS[run].replicates for one in ligands}
            )
        elif job.rule.name.removesuffix("_further") in ("dock", "replicate"):
            times[run, receptor, job.wildcards.ligand] += 1
    return times


def say_time(what, times, cluster, measure=False):
    """Print how long docking takes, with the speed of this machine if it was measured within a day."""
    # Of models that somebody brings, as of some programs, no time is known.
    times = {(run, *pair): n for (run, *pair), n in times.items() if SECONDS[run]}
    seconds = {
        (run, *pair): SECONDS[run][tuple(pair)] / RUNS[run].replicates * n
        for (run, *pair), n in times.items()
        if tuple(pair) in SECONDS[run]
    }
    device = "cuda" if any(map(gpus, RUNS.values())) else "cpu"
    if not seconds or (cluster and device == "cuda"):
        return
    if cluster:
        say(f"{what}: {time_needed(len(times), seconds, None)}")
        return
    cores = INSIDE.cores
    speed = kept_speed(SPEED, cores, device)
    if measure and speed is None and sum(seconds.values()) / cores > TOO_LITTLE:
        try:
            say("measuring the docking speed of this machine for some seconds")
            speed = keep_speed(SPEED, cores, device)
        except (CrossdockError, OSError) as error:
            say(f"cannot measure the speed of this machine: {error}")
        except KeyboardInterrupt:
            say("stopped before anything was docked")
            sys.exit(130)
    if speed or device == "cpu":
        needed = time_needed(
            len(times),
            seconds,
            cores,
            speed or 1.0,
            device,
            max(map(batch_size, RUNS.values())),
        )
        unmeasured = "" if speed else "; the speed of this machine was not measured"
        say(f"{what}: {needed}{unmeasured}")


def say_background(what, names):
    """Print how much docking with the background takes; what is kept of it is not known here."""
    if names:
        say(f"{what}: {work_of(PANEL, names)}, less what was docked before")


def check_pairs(folders):
    """Stop where nothing steers the docking, or no pair of one of these runs can be handed in.

    Only a run that docks is stopped: entries can be fetched and prepared before there are any models.
    """
    if folders:
        steered(PANEL)
    for folder in folders:
        if HANDED_IN[folder] and not table_of_all(RUNS[folder]).is_file():
            ready(RUNS[folder], HANDED_IN[folder])


def docked_by(jobs):
    """List the folders of runs of which jobs dock pairs, or hand them in."""
    handed_in = {
        job.wildcards.run for job in jobs if job.rule.name in ("dock_remote", "predict")
    }
    return sorted(handed_in | {folder for folder, *_ in dockings(jobs)})


def say(text):
    print(f"crossdock: {text}", file=sys.stderr, flush=True)


# What a dry run would do is not known before it is printed; nor is who would run it, but that clusters are given a number of jobs.
if INSIDE.is_main_process and INSIDE.dry:
    try:
        check_pairs(RUNS)
    except CrossdockError as error:
        say(f"a run will stop before it docks. {error}")
    say_background("background in total", of_background(PANEL))
    say_time(
        "docking in total",
        {
            (folder, one.name, other.name): run.replicates
            for folder, run in RUNS.items()
            for one, other in run.docked
        },
        cluster=INSIDE.asks_for_jobs,
    )
