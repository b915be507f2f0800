#!/usr/bin/env bash
# Compiles the shim: build.sh OUTPUT.so
# LIBTORCH=<folder> names another libtorch: the folder of a PyTorch wheel (.../site-packages/torch), or the unpacked
# official archive. Without it the system's libtorch is taken. Nothing is compiled when nothing changed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$1
cxx=${CXX:-g++}

# Without errno the square root becomes one vector instruction.
flags=(-O3 -fno-math-errno -fno-trapping-math -fPIC -shared -fvisibility=hidden -pthread -fopenmp -w)
if [ -n "${LIBTORCH:-}" ]; then
    [ -e "$LIBTORCH/lib/libtorch_cpu.so" ] && [ -d "$LIBTORCH/include/ATen" ] || {
        echo "LIBTORCH=$LIBTORCH: no libtorch there; it needs include/ATen and lib/libtorch_cpu.so" >&2; exit 2; }
    root=$(cd "$LIBTORCH" && pwd)
    include=$root/include library=$root/lib
    rpath=$library
    # Wheels keep CUDA's libraries in packages of their own, beside torch.
    for folder in "$root"/../nvidia/*/lib; do [ -d "$folder" ] && rpath=$rpath:$(cd "$folder" && pwd); done
else
    include=/usr/include
    library=/usr/lib/$($cxx -print-multiarch)
    [ -e "$library/libtorch_cpu.so" ] || { echo "libtorch is missing: install libtorch-dev, or set LIBTORCH" >&2; exit 2; }
    # The system's libtorch takes BLAS from the system's alternatives. This path comes before them, for this library
    # alone, so that the flavour that shares libtorch's threads is used whatever the system prefers.
    rpath=$library/openblas-openmp
fi

version=$(sed -n 's/^#define TORCH_VERSION_MAJOR \([0-9]*\).*/\1/p;s/^#define TORCH_VERSION_MINOR \([0-9]*\).*/\1/p' \
    "$include/torch/csrc/api/include/torch/version.h" 2>/dev/null | tr '\n' ' ')
read -r major minor <<<"${version:-1 13}"
if [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "${minor:-0}" -ge 10 ]; }; then flags+=(-std=c++20); else flags+=(-std=c++17); fi
# Old wheels were built with the old strings of the C++ library; a mangled name tells.
grep -q 'ErrorC[12]ENS_14SourceLocationENSt7__cxx11' "$library/libc10.so" && abi=1 || abi=0
[ -n "${LIBTORCH:-}" ] && flags+=(-D_GLIBCXX_USE_CXX11_ABI=$abi)

includes=()
[ "$include" = /usr/include ] || includes+=(-isystem "$include")
includes+=(-isystem "$include/torch/csrc/api/include")
# DT_RPATH, not DT_RUNPATH: it must also hold for what libtorch itself needs.
links=(-L"$library" -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10 -Wl,--disable-new-dtags -Wl,-rpath,"$rpath")
for cuda in c10_cuda torch_cuda; do [ -e "$library/lib$cuda.so" ] && links+=(-l$cuda); done

recipe="$($cxx --version | head -n 1) ${flags[*]} ${includes[*]} ${links[*]} $(stat -Lc %Y "$library/libtorch_cpu.so") $(cat "$here"/*.cpp "$here"/*.h "$0" 2>/dev/null | cksum)"
[ -e "$output" ] && [ "$(cat "$output.recipe" 2>/dev/null)" = "$recipe" ] && exit 0

mkdir -p "$(dirname "$output")"
echo "compiling the libtorch shim against libtorch ${major}.${minor:-?} (about half a minute)"
objects=()
trap 'rm -f "${objects[@]}" "$output.$$.tmp"' EXIT
for source in "$here"/*.cpp; do
    object=$output.$$.$(basename "$source").o
    objects+=("$object")
    $cxx "${flags[@]/-shared/-c}" "${includes[@]}" "$source" -o "$object" &
done
for job in $(jobs -p); do wait "$job"; done
$cxx "${flags[@]}" "${objects[@]}" "${links[@]}" -o "$output.$$.tmp"
mv "$output.$$.tmp" "$output"
printf %s "$recipe" > "$output.recipe"
