"""The gateway's HTTP side: staff console, JSON API, event stream, metrics. It reads the live view, no more.

Built on starlette and msgspec alone. FastAPI adds 14 MiB: the imports of a whole gateway took 57.7 MiB with
it and 43.3 MiB without (x86-64), a sixth of its memory for models that msgspec's types already are.
"""

from gateway.adapters.http.site import build_app

__all__ = ["build_app"]
