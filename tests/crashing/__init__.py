"""Each step of an evaluation's way is killed once at each of its crash points; the job must reach its end, once.

`points` is the table (docs/explanation/crash-points.md tells what each leaves behind); `arming` builds a point into a test build
of a program, whose `…_main.py` is production's but for that.
"""
