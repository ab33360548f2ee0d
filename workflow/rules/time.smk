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


def stop_if_nothing_steers():
    """Stop before anything is docked freely that was to be steered; without models, entries can still be fetched."""
    try:
        steered(PANEL)
    except CrossdockError as error:
        sys.exit(end_with(error))


def say(text):
    print(f"crossdock: {text}", file=sys.stderr, flush=True)


# What a dry run would do is not known before it is printed; nor is who would run it, but that clusters are given a number of jobs.
if INSIDE.is_main_process and INSIDE.dry:
    say_time(
        "docking in total",
        {
            (folder, one.name, other.name): run.replicates
            for folder, run in RUNS.items()
            for one, other in run.docked
        },
        cluster=INSIDE.asks_for_jobs,
    )
