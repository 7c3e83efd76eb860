"""Many machines on one: the real scheduler and catalog, with modelled encoders, in virtual time.

    python -m benchmarks.scale [--plot docs/scale.svg] [--threads 1] [--seeds 1] [--most 1000]

Real are the catalog (its SQL, leases, fences and announcements; only its clock is replaced), the graph of
steps made from real plans, the verdicts over what fails, and the order in which Redis gives messages to
Celery. Modelled are how long a step takes, what fails and who is lost: see `model`. Not modelled is the time
that the catalog and messages take, some milliseconds a step: it is told apart.

Efficiency is the time that workers spent on attempts that succeeded, verification included, of all the time
that they were there until the last title was published. "At most" is what no schedule could exceed: see
`bound`. Run it at the root of the repository; it needs no servers, and some minutes.
"""
