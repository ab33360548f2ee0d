"""One typed function a step: the only place where rooms meet. None prints, and none knows a command line.

==================================  =========================================================================
`prepare.prepare`                   an entry -> structure.pdb and protein.json
`dock.dock`, `dock.scan`            two structures -> poses; a part of the search
`remote.dock_remote`                all pairs docked elsewhere, such as on a server
`analyse.analyse`                   poses -> clusters, models, interfaces, pair.json (`cluster`, then `interface`)
`batch.batch`                       docks and analyses several ligands of a receptor
`hotspots.hotspots`                 where on a receptor its ligands meet it
`matrix.matrix`, `.network`         all pairs -> matrices, scores, ranks, statistics; the network
`compare.compare`                   a run beside a published table
`export.export`                     models of pairs -> input of other programs
`report.report`                     a run -> one page
`provenance.provenance`             what a run was made of
`check.check_panel`                 a panel before any work; `estimate`, `jobs`: what it takes, and in which jobs
`in_memory.dock`, `run.read_run`    a pair docked in memory, and a finished run, for notebooks
==================================  =========================================================================
"""
