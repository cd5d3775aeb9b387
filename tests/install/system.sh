#!/bin/bash
# shellcheck disable=SC2154
# A fresh Debian to try things on, for the scripts here that source it: `suite` names the release,
# `folder` keeps it, `failed` counts.
archive=${HT_ARCHIVE:-http://deb.debian.org/debian}
failed=0

check() { # WHAT COMMAND...: the command must succeed; what it says is shown if it does not
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "ok - $suite: $what"
    else
        printf 'not ok - %s: %s\n%s\n' "$suite" "$what" "$(tail -n 20 <<<"$said")"
        failed=$((failed + 1))
    fi
}

# Goes on with the script in namespaces of its own, in which layers over the fresh system are memory.
enter() { # SCRIPT ARGUMENT...
    if [ "${HT_INSIDE:-}" != yes ]; then
        mkdir -p "$folder/layers"
        [ -e "$folder/base/etc/debian_version" ] ||
            debootstrap --variant=minbase "$suite" "$folder/base" "$archive" >"$folder/log"
        HT_INSIDE=yes exec unshare --mount --pid --fork --kill-child "$@"
    fi
    mount -t tmpfs none "$folder/layers"
}

# A copy of the fresh system: what is written goes to memory.
system() { # NAME
    local place=$folder/layers/$1
    mkdir -p "$place/written" "$place/index" "$place/tree"
    mount -t overlay none "$place/tree" \
        -o "lowerdir=$folder/base,upperdir=$place/written,workdir=$place/index"
    mount -t proc proc "$place/tree/proc"
    # An installer would have named the host.
    printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s\n' "$(hostname)" >"$place/tree/etc/hosts"
    # Nothing that is installed may start a service here.
    printf '#!/bin/sh\nexit 101\n' >"$place/tree/usr/sbin/policy-rc.d"
    chmod +x "$place/tree/usr/sbin/policy-rc.d"
}

inside() { # NAME COMMAND...
    local root=$folder/layers/$1/tree
    shift
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}
