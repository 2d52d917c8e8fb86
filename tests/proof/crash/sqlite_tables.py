"""SQLite's tables of file functions as C lays them out (sqlite3.h: sqlite3_vfs and sqlite3_io_methods)."""

import _sqlite3
import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from typing import Any

FileAt = c_void_p
Open = CFUNCTYPE(c_int, c_void_p, c_void_p, FileAt, c_int, c_void_p)
Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
Close = CFUNCTYPE(c_int, FileAt)
Transfer = CFUNCTYPE(c_int, FileAt, c_void_p, c_int, c_int64)
Truncate = CFUNCTYPE(c_int, FileAt, c_int64)
Sync = CFUNCTYPE(c_int, FileAt, c_int)
ShmMap = CFUNCTYPE(c_int, FileAt, c_int, c_int, c_int, c_void_p)
ShmUnmap = CFUNCTYPE(c_int, FileAt, c_int)
OpenFolder = CFUNCTYPE(c_int, c_char_p, POINTER(c_int), use_errno=True)
SetCall = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p)
GetCall = CFUNCTYPE(c_void_p, c_void_p, c_char_p)


class Methods(Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("version", c_int),
        ("close", Close),
        ("read", Transfer),
        ("write", Transfer),
        ("truncate", Truncate),
        ("sync", Sync),
        ("size", c_void_p),
        ("lock", c_void_p),
        ("unlock", c_void_p),
        ("reserved", c_void_p),
        ("control", c_void_p),
        ("sector_size", c_void_p),
        ("characteristics", c_void_p),
        ("shm_map", ShmMap),
        ("shm_lock", c_void_p),
        ("shm_barrier", c_void_p),
        ("shm_unmap", ShmUnmap),
        ("fetch", c_void_p),
        ("unfetch", c_void_p),
    )


class Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("path_bytes_max", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", Open),
        ("delete", Delete),
        ("access", c_void_p),
        ("full_path", c_void_p),
        ("dl_open", c_void_p),
        ("dl_error", c_void_p),
        ("dl_sym", c_void_p),
        ("dl_close", c_void_p),
        ("randomness", c_void_p),
        ("sleep", c_void_p),
        ("time", c_void_p),
        ("last_error", c_void_p),
        ("time_64", c_void_p),
        ("set_call", SetCall),
        ("get_call", GetCall),
        ("next_call", c_void_p),
    )


def library() -> Any:
    """The very SQLite that Python's sqlite3 runs on."""
    loaded = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    loaded.sqlite3_vfs_find.restype = c_void_p
    loaded.sqlite3_vfs_find.argtypes = (c_char_p,)
    loaded.sqlite3_vfs_register.argtypes = (c_void_p, c_int)
    loaded.sqlite3_vfs_unregister.argtypes = (c_void_p,)
    return loaded
