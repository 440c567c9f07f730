"""What the operating system would not do, as a sentence: a path that is not there, no rights, a full disk, a name that nobody knows."""

from __future__ import annotations

import errno
import os
import socket

_REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "已有同名的文件",
    errno.ENAMETOOLONG: "名称太长",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EROFS: "磁盘是只读的",
    errno.EMFILE: "打开的文件太多",
    errno.ECONNREFUSED: "连接被拒绝：那里没有程序在听",
    errno.ECONNRESET: "连接中断",
    errno.ETIMEDOUT: "没有应答",
    errno.EHOSTUNREACH: "到不了这台主机",
    errno.ENETUNREACH: "网络不通",
    errno.EADDRINUSE: "已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


def reason(error: OSError) -> tuple[str, str]:
    """Why, in Chinese and in English."""
    code = error.errno or 0
    if isinstance(error, socket.gaierror) or code < 0:  # a failed look-up, which a socket passes on as its own
        return "找不到这个主机名", "nobody knows a host of this name"
    return _REASONS.get(code, f"系统错误 {code}"), os.strerror(code)
