"""What a store sells and promises, as commands read it: bundle and goods, from its cache or from files.

The cache is what HQ sent last, so that programs can be tried with the internet out; a file stands in for it
anywhere else.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gateway.core.event import canonical
from gateway.core.model import Bundle
from gateway.core.orders.model import Good
from samples.shop import read_goods
from shopbell.errors import ShopbellError
from shopbell.program_files import Json, NoPrograms, is_bundle, merged, read_part

if TYPE_CHECKING:
    from gateway.settings import GatewaySettings

GOODS_MAX = 100_000  # of a store's catalogue; a supermarket has some ten thousand


class Shelf(NamedTuple):
    """The bundle as JSON, so that parts can be put into it, and the goods by sku."""

    bundle: Json
    goods: dict[str, Good]


def from_cache(settings: "GatewaySettings") -> Shelf:
    """What HQ sent this store last. Raises ShopbellError where it never did."""
    from gateway.storage.cache import Cache
    from gateway.storage.layout import cache_folder

    cache = Cache(cache_folder(settings.data_dir))
    try:
        cache.follow()
        with cache.reading() as snapshot:
            if snapshot.mark.generation is None:
                raise ShopbellError(
                    f"HQ sent nothing to {settings.data_dir} yet", "name a file with --bundle"
                )
            goods = {good.sku: good for good in snapshot.catalogue.search("", GOODS_MAX)}
            return Shelf(as_json(snapshot.bundle), goods)
    finally:
        cache.close()


def as_json(bundle: Bundle) -> Json:
    """A bundle as JSON."""
    value: Json = json.loads(canonical(bundle))
    return value


def bundle_file(path: Path) -> Json:
    """A whole bundle of a file. Raises ShopbellError."""
    part = part_file(path)
    if not is_bundle(part):
        raise ShopbellError(f"{path} is a part of a bundle", "a whole one has tiers too")
    return part


def part_file(path: Path) -> Json:
    """A program, part or bundle of a file. Raises ShopbellError."""
    try:
        return read_part(bytes_of(path))
    except NoPrograms as fault:
        raise ShopbellError(f"{path}: {fault}", "docs/programs.md shows one") from None


def bytes_of(path: Path) -> bytes:
    """A file's bytes. Raises ShopbellError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ShopbellError(f"cannot read {path} ({error.strerror})", "name a file") from None


def goods_file(path: Path) -> dict[str, Good]:
    """The goods of a CSV file. Raises ShopbellError."""
    try:
        return {article.good.sku: article.good for article in read_goods(path)}
    except OSError as error:
        raise ShopbellError(f"cannot read {path} ({error.strerror})", "name a CSV file") from None
    except (ValueError, KeyError) as fault:
        raise ShopbellError(f"{path}: {fault}", "samples/goods.csv is one") from None


def with_parts(bundle: Json, parts: list[Json]) -> Json:
    """The bundle with the programs of files in it."""
    for part in parts:
        bundle = merged(bundle, part)
    return bundle
