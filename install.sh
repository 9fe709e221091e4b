#!/bin/sh
# Installs cmdai below a prefix (~/.local), after its sum was found right; removes it again without a trace.
#
#   sh install.sh [--from DIR-OR-URL] [--prefix DIR] [--sha256 SUM]
#   sh install.sh --uninstall [--prefix DIR]
#
# --from is a directory or an https address that holds the archive and SHA256SUMS; by default the newest release.
# A sum from the same place shows damage, not malice: --sha256 takes one that you have from elsewhere.
# Settings, models and history are yours and are never touched.
set -eu

from=https://github.com/cmdai/cmdai/releases/latest/download
prefix=${HOME:-}/.local
pinned=
uninstall=

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --from | --prefix | --sha256)
        [ $# -gt 1 ] || fail "$1 needs a value"
        case $1 in
        --from) from=${2%/} ;;
        --prefix) prefix=${2%/} ;;
        --sha256) pinned=$2 ;;
        esac
        shift 2
        ;;
    --uninstall)
        uninstall=yes
        shift
        ;;
    -h | --help)
        sed -n '2,9s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) fail "it does not know $1; --help tells what it does" ;;
    esac
done

case $prefix in
/.local) fail 'HOME is not set; name a --prefix' ;;
/*) ;;
*) fail "--prefix must be absolute, and $prefix is not" ;;
esac
# What was installed, a line each: `f FILE` and `d DIRECTORY`, below the prefix.
list=$prefix/lib/cmdai/installed

remove() {
    [ -f "$list" ] || return 0
    while read -r kind path; do
        [ "$kind" != f ] || rm -f -- "$prefix/$path"
    done <"$list"
    # Deepest first, and only those that were made for this and hold nothing else now.
    made=$(sed -n 's/^d //p' "$list" | sort -r)
    rm -f -- "$list"
    printf '%s\n' "$made" | while IFS= read -r path; do
        [ -z "$path" ] || rmdir -- "$prefix/$path" 2>/dev/null || :
    done
}

if [ -n "$uninstall" ]; then
    [ -f "$list" ] || fail "nothing was installed below $prefix by this script"
    remove
    printf 'cmdai is removed from %s\n' "$prefix"
    exit 0
fi

case $(uname -s)-$(uname -m) in
Linux-x86_64 | Linux-amd64) target=x86_64-unknown-linux-gnu ;;
Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-gnu ;;
*) fail "there is no archive for $(uname -s) on $(uname -m); build from source: cargo install --path crates/cmdai-cli" ;;
esac

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# get NAME: the file of that name from where all come from, into the work directory.
get() {
    case $from in
    https://*)
        if command -v curl >/dev/null 2>&1; then
            curl --fail --silent --show-error --location --proto '=https' --output "$work/$1" "$from/$1"
        elif command -v wget >/dev/null 2>&1; then
            wget --quiet --https-only --output-document="$work/$1" "$from/$1"
        else
            fail 'curl or wget is needed'
        fi
        ;;
    *://*) fail "only https addresses are taken, not $from" ;;
    *) cp -- "$from/$1" "$work/$1" ;;
    esac || fail "$from has no $1"
}

sum_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1"
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 <"$1"
    else
        fail 'sha256sum or shasum is needed'
    fi | cut -d ' ' -f 1
}

get SHA256SUMS
# A name with a slash could lead elsewhere; such a line is none of ours.
found=$(grep -E "^[0-9a-f]{64} [ *]cmdai-[0-9A-Za-z.+-]+-$target\\.tar\\.gz\$" "$work/SHA256SUMS" || :)
[ "$(printf '%s' "$found" | grep -c .)" = 1 ] || fail "SHA256SUMS does not name one archive for $target"
wanted=${found%% *}
archive=${found#* ?}
[ -z "$pinned" ] || wanted=$pinned
get "$archive"
sum=$(sum_of "$work/$archive")
[ "$sum" = "$wanted" ] || fail "$archive has the sum $sum, not $wanted: nothing was installed"

mkdir "$work/tree"
tar -xzf "$work/$archive" -C "$work/tree"
tree=$work/tree/${archive%.tar.gz}
version=$("$tree/bin/cmdai" --version) || fail 'the program does not start on this system: nothing was installed'

remove
mkdir -p "$prefix"
(cd "$tree" && find . -type d ! -name . | sed 's|^\./||' | LC_ALL=C sort) >"$work/dirs"
(cd "$tree" && find . -type f | sed 's|^\./||' | LC_ALL=C sort) >"$work/files"
while IFS= read -r dir; do
    if [ ! -d "$prefix/$dir" ]; then
        mkdir -- "$prefix/$dir"
        printf 'd %s\n' "$dir" >>"$work/installed"
    fi
done <"$work/dirs"
sed 's/^/f /' "$work/files" >>"$work/installed"
# Before the files: what is installed halfway can be removed.
cp -- "$work/installed" "$list"
while IFS= read -r file; do
    # A program that runs cannot be written to, but another can take its name.
    rm -f -- "$prefix/$file"
    cp -p -- "$tree/$file" "$prefix/$file"
done <"$work/files"

printf '%s is installed in %s\n' "$version" "$prefix/bin"
case :$PATH: in
*:"$prefix/bin":*) ;;
*) printf 'add it to your path: export PATH="%s:$PATH"\n' "$prefix/bin" ;;
esac
