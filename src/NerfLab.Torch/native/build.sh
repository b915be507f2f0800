#!/usr/bin/env bash
# Compiles the shim: build.sh OUTPUT.so
# LIBTORCH=<folder> names another libtorch: the folder of a PyTorch wheel (.../site-packages/torch), or the unpacked
# official archive. Without it the system's libtorch is taken. Nothing is compiled when nothing changed.
set -euo pipefail
stop() { echo "the libtorch shim: $*" >&2; exit 2; }
[ $# = 1 ] || stop "one argument is expected, the file to make"
here=$(cd "$(dirname "$0")" && pwd)
output=$1
cxx=${CXX:-g++}
sources=("$here"/*.cpp)
if ! [ -e "${sources[0]}" ] || ! [ -e "$here/shim.h" ]; then stop "its sources are missing; shim.h and *.cpp belong beside $0"; fi
compiler=$($cxx --version 2>/dev/null) || stop "the compiler $cxx cannot be run; install g++, or set CXX"

# Without errno the square root becomes one vector instruction.
flags=(-O3 -fno-math-errno -fno-trapping-math -fPIC -fvisibility=hidden -pthread -fopenmp -w)
threads=(-fopenmp)
if [ -n "${LIBTORCH:-}" ]; then
    if ! [ -e "$LIBTORCH/lib/libtorch_cpu.so" ] || ! [ -d "$LIBTORCH/include/ATen" ]; then
        stop "LIBTORCH=$LIBTORCH: no libtorch there; it needs include/ATen and lib/libtorch_cpu.so"
    fi
    root=$(cd "$LIBTORCH" && pwd)
    include=$root/include library=$root/lib
    rpath=$library
    # Wheels keep CUDA's libraries in packages of their own, beside torch.
    for folder in "$root"/../nvidia/*/lib; do [ -d "$folder" ] && rpath=$rpath:$(cd "$folder" && pwd); done
    # Wheels before 2.6 were built with the old strings of the C++ library; a mangled name tells.
    if grep -q 'ErrorC[12]ENS_14SourceLocationESs' "$library/libc10.so"; then flags+=(-D_GLIBCXX_USE_CXX11_ABI=0); fi
    # They bring an OpenMP library under a name of their own. The system's is not linked then: with both in one process
    # there would be two sets of threads, and libtorch's settings would hold for one of them only.
    if compgen -G "$library/libgomp-*.so*" >/dev/null; then threads=(); fi
else
    include=/usr/include
    library=/usr/lib/$($cxx -print-multiarch)
    [ -e "$library/libtorch_cpu.so" ] || stop "libtorch is missing; install libtorch-dev, or set LIBTORCH"
    # The system's libtorch takes BLAS from the system's alternatives. This path comes before them, for this library
    # alone, so that the flavour that shares libtorch's threads is used whatever the system prefers.
    rpath=$library/openblas-openmp
fi

includes=()
[ "$include" = /usr/include ] || includes+=(-isystem "$include")
includes+=(-isystem "$include/torch/csrc/api/include")

# The compiler is asked for the version: the file that defines it has moved.
version=$(printf '%s\n' '#include <torch/version.h>' 'TORCH_VERSION_MAJOR TORCH_VERSION_MINOR' |
    $cxx -E -P -x c++ "${includes[@]}" - 2>/dev/null | tail -n 1) || version=
[[ $version =~ ^([0-9]+)\ ([0-9]+)$ ]] ||
    stop "$include/torch/csrc/api/include/torch/version.h tells no version; libtorch's headers are missing or incomplete"
# libtorch's own extensions are compiled as C++20 from 2.12 on; later headers insist on it.
major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]} standard=17
if [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 12 ]; }; then standard=20; fi
flags+=("-std=c++$standard")

# DT_RPATH, not DT_RUNPATH: it must also hold for what libtorch itself needs.
links=(-shared -pthread "${threads[@]}" -L"$library" -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10 -Wl,--disable-new-dtags "-Wl,-rpath,$rpath")
for cuda in c10_cuda torch_cuda; do if [ -e "$library/lib$cuda.so" ]; then links+=("-l$cuda"); fi; done

recipe="${compiler%%$'\n'*} ${flags[*]} ${includes[*]} ${links[*]} $(stat -Lc %Y "$library/libtorch_cpu.so") $(cat "${sources[@]}" "$here/shim.h" "$0" | cksum)"
if [ -e "$output" ] && [ "$(cat "$output.recipe" 2>/dev/null)" = "$recipe" ]; then exit 0; fi

mkdir -p "$(dirname "$output")"
echo "compiling the libtorch shim against libtorch $major.$minor (about half a minute)"
objects=() jobs=()
trap 'rm -f "${objects[@]}" "$output.$$.tmp"' EXIT
for source in "${sources[@]}"; do
    object=$output.$$.$(basename "$source").o
    objects+=("$object")
    $cxx "${flags[@]}" -c "${includes[@]}" "$source" -o "$object" &
    jobs+=($!)
done
failed=
for job in "${jobs[@]}"; do wait "$job" || failed=1; done
[ -z "$failed" ] || stop "it does not compile against libtorch $major.$minor in $include; the compiler's messages are above"
$cxx "${objects[@]}" "${links[@]}" -o "$output.$$.tmp" || stop "it does not link with libtorch $major.$minor in $library"
mv "$output.$$.tmp" "$output"
printf %s "$recipe" > "$output.recipe"
