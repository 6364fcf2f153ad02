"""One thread of linear algebra, so that sums have one result: OpenBLAS with two adds in another order.

The number of threads belongs to the process, and a stage makes two tables at a time. What is set back when one fit ends is taken from
the fit that still runs in the other thread, so that of two demos one had other last digits: so nothing is set back. The first fit of
a process leaves it with one thread for good.
"""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

from threadpoolctl import OpenBLASController, ThreadpoolController, threadpool_limits

P = ParamSpec("P")
T = TypeVar("T")
_LOCK = Lock()


def one_thread(fit: Callable[P, T]) -> Callable[P, T]:
    """The function, with one thread of linear algebra in the process from its first call on."""

    @wraps(fit)
    def fitted(*args: P.args, **kwargs: P.kwargs) -> T:
        with _LOCK:
            if any(library.num_threads != 1 for library in ThreadpoolController().select(user_api="blas").lib_controllers):
                # Of several threads only the first to have set a limit may change it (threadpoolctl 3.8), unless it is told otherwise.
                OpenBLASController.clear_controlling_thread(force=True)
                threadpool_limits(limits=1, user_api="blas")
        return fit(*args, **kwargs)

    return fitted
