"""What the workflow needs of Snakemake that Snakemake gives no public way to: all of it is here.

Checked with Snakemake 9.27. A version that has moved one of these makes `tests/workflow` fail, and a run stop at
its start with the name of what is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Inside:
    """A workflow as its own rules see it.

    Parameters
    ----------
    workflow
        The object `workflow` of a Snakefile.
    """

    def __init__(self, workflow: Any) -> None:
        self._workflow = workflow

    @property
    def snakefile(self) -> str:
        """The Snakefile that is run."""
        return str(self._workflow.main_snakefile)

    @property
    def configfiles(self) -> list[str]:
        """The configs that ``--configfile`` names; Snakemake's `config` has them merged, as YAML took their values."""
        return [str(path) for path in self._workflow.overwrite_configfiles or ()]

    @property
    def config_settings(self) -> list[str]:
        """What ``--config`` sets, as it was typed."""
        return list(self._workflow.config_settings.config_args or ())

    @property
    def is_main_process(self) -> bool:
        """Whether this is the process that was started, not that of a job."""
        return bool(self._workflow.is_main_process)

    @property
    def dry(self) -> bool:
        """Whether nothing is run (``-n``)."""
        return bool(self._workflow.output_settings.dryrun)

    @property
    def touching(self) -> bool:
        """Whether files are only given a new date (``--touch``)."""
        return bool(self._workflow.touch)

    @property
    def on_cluster(self) -> bool:
        """Whether other machines run the jobs, as is known once it starts."""
        return not self._workflow.local_exec

    @property
    def asks_for_jobs(self) -> bool:
        """Whether a number of jobs was given, as clusters are; of a dry run no more is known."""
        return self._workflow.resource_settings.nodes is not None

    @property
    def cores(self) -> int:
        """Cores of this machine that jobs may use at the same time."""
        cores: int = self._workflow.cores
        return min(cores, self._workflow.resource_settings.nodes or cores)

    @property
    def waiting_jobs(self) -> Iterable[Any]:
        """The jobs that will run, known when the run starts."""
        jobs: Iterable[Any] = self._workflow.dag.needrun_jobs()
        return jobs

    def plans(self, rule: str) -> bool:
        """Whether a rule's output is asked for, made already or not."""
        return any(job.rule.name == rule for job in self._workflow.dag.jobs)

    def lift_job_rate(self) -> None:
        """Lift the limit of jobs started a second, unless somebody set one.

        To hold it, Snakemake looks at all waiting jobs again after each start of some, and each look brings the next:
        with hundreds of them waiting it does little else (its issue 2967). The default of a hundred a second is never
        reached here, as `cores` and `jobs` hold more back.
        """
        pace = getattr(self._workflow.scheduling_settings, "max_jobs_per_timespan", None)
        if pace and vars(pace) == {"max_jobs": 100, "timespan": 1}:
            self._workflow.scheduler.job_rate_limiter = None
