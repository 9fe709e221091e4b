# Makes a machine of its own out of namespaces and becomes the given command in it, as an ordinary user without capabilities.
# Run by `sandbox.rs` as the first process of new user, mount, process, network, IPC and host name namespaces:
#   sandbox.sh ROOT [--dir DIR | --symlink TARGET LINK | --ro-bind SOURCE TARGET]... -- COMMAND...
# The options are those of bubblewrap, so that one list serves both. ROOT is an empty directory; it stays empty outside.
set -eu
root=$1
shift

mount -t tmpfs -o size=64m,mode=755 tmpfs "$root"
mkdir "$root/home" "$root/proc" "$root/dev" "$root/.old"
mount -t tmpfs -o size=256m,mode=755 tmpfs "$root/home"
bind() {
    if [ -d "$1" ]; then
        mkdir -p "$root$2"
    else
        mkdir -p "$root${2%/*}"
        : > "$root$2"
    fi
    mount --bind "$1" "$root$2"
}
while [ "$1" != -- ]; do
    case $1 in
    --dir)
        mkdir -p "$root$2"
        shift 2
        ;;
    --symlink)
        mkdir -p "$root${3%/*}"
        ln -s "$2" "$root$3"
        shift 3
        ;;
    --ro-bind)
        bind "$2" "$3"
        # A mount that we inherit may have flags that we must not drop.
        mount -o remount,bind,ro "$root$3" 2> /dev/null ||
            mount -o remount,bind,ro,nosuid,nodev "$root$3" 2> /dev/null ||
            mount -o remount,bind,ro,nosuid,nodev,noexec "$root$3"
        shift 3
        ;;
    *)
        echo "sandbox.sh: unknown option $1" >&2
        exit 1
        ;;
    esac
done
shift
for device in null zero full random urandom; do
    bind "/dev/$device" "/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mount -t proc proc "$root/proc"
hostname brook
ip link set lo up

cd "$root"
pivot_root . .old
umount -l /.old
rmdir /.old
cd /
# A second user namespace: its mounts are locked, so that what is read-only stays so, and its user has no capabilities. This
# shell stays the first process, which adopts and reaps what the command leaves behind.
unshare --user --mount --map-user=1000 --map-group=1000 setpriv --no-new-privs "$@"
exit $?
