#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Exact transport beside POT's (Debian: python3-pot), which the paper's authors call.

    compare_transport.py SOLVE_TRANSPORT

The same problems of the published size for both, 512 sound tokens against 576 image tokens of width
1024, in turns, one thread each: tokens that gather around directions and tokens that do not, equal
weights and attention's. Prints the medians, their ratio and how far the costs differ. Exit status 1
when a cost differs by more than 1e-9 of it, 77 where there is no POT.
"""
import os
import subprocess
import sys
import tempfile
import time

os.environ.setdefault('OMP_NUM_THREADS', '1')
try:
    import numpy
    import ot
except ImportError as error:
    print(f'skipped: {error}; python3-pot is not installed for {sys.executable}')
    sys.exit(77)

ROWS, COLUMNS, WIDTH, REPETITIONS = 512, 576, 1024, 7


def tokens(random, count, gathers):
    around = random.standard_normal((16, WIDTH))[random.integers(0, 16, count)] if gathers else 0.0
    return around + (0.5 if gathers else 1.0) * random.standard_normal((count, WIDTH))


def weights(random, count, are_equal):
    some = numpy.ones(count) if are_equal else 1.0 + random.random(count)
    return some / some.sum()


def compare(solver, name, row_weights, column_weights, cost):
    with tempfile.NamedTemporaryFile() as file:
        numpy.concatenate([row_weights, column_weights, cost.ravel()]).tofile(file)
        file.flush()
        ours, theirs = [], []
        with subprocess.Popen([solver, file.name, str(ROWS), str(COLUMNS)], text=True, bufsize=1,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for _ in range(REPETITIONS):
                process.stdin.write('\n')
                took, our_cost = map(float, process.stdout.readline().split())
                ours.append(took)
                start = time.perf_counter()
                their_cost = ot.emd2(row_weights, column_weights, cost)
                theirs.append(1e3 * (time.perf_counter() - start))
            process.stdin.close()
    difference = abs(our_cost - their_cost) / their_cost
    ratio = numpy.median(numpy.array(ours) / numpy.array(theirs))
    print(f'{name:38} {numpy.median(ours):8.2f} ms   POT {numpy.median(theirs):8.2f} ms   '
          f'{ratio:5.2f} of it   costs differ by {difference:.1e}')
    return difference < 1e-9


def main(solver):
    random = numpy.random.default_rng(1)
    agree = True
    for gathers in (True, False):
        sounds, pictures = tokens(random, ROWS, gathers), tokens(random, COLUMNS, gathers)
        cost = ((sounds ** 2).sum(1)[:, None] + (pictures ** 2).sum(1) - 2 * sounds @ pictures.T)
        for are_equal in (True, False):
            name = (f'{"gathered" if gathers else "scattered"} tokens, '
                    f'{"equal" if are_equal else "unequal"} weights')
            agree &= compare(solver, name, weights(random, ROWS, are_equal),
                             weights(random, COLUMNS, are_equal), numpy.ascontiguousarray(cost))
    return 0 if agree else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
