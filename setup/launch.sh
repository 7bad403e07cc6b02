# Sourced by ./varde and ./test with $root set; POSIX sh.

# Another program's modules are not ours.
unset PYTHONHOME PYTHONPATH

# Everything the prepared state is made from, as one stream. (web/tests is not part of the page.)
inputs() {
    (
        cd "$root" || exit
        find locks/runtime.txt locks/cluster.txt locks/build.txt setup web \
            \( -name node_modules -o -name tests -o -name __pycache__ -o -name '.?*' \) -prune -o -type f -exec cat {} +
    ) 2>/dev/null
}

# Where an environment lives when the project's folder cannot be written. The name is a checksum of that folder.
other_places() {
    name=$(printf %s "$root" | cksum)
    name=${name%% *}
    cache_place=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/varde/$name
    temporary_place=${TMPDIR:-/tmp}/varde-$(id -u)/$name
}

# Others can write to the temporary folder too: only a folder that is ours and no link is used.
owned() {
    [ -O "${1%/*}" ] && [ ! -L "${1%/*}" ]
}

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    echo "varde: Python 3.11 or newer is needed: install the package python3 (python3.11 where python3 is older)." >&2
    return 2
}

# Prints the environment's folder; all that is for people goes to standard error.
prepare() {
    find_python || return
    "$python" -s "$root/setup/environment.py" "$@" "$root/.venv" "$cache_place" "$temporary_place"
}
