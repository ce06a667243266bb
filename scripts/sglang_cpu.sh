#!/usr/bin/env bash
# Builds an environment in which the real SGLang serves on a processor, and a tiny model for it.
#
#   scripts/sglang_cpu.sh FOLDER    build FOLDER/env and FOLDER/models, or leave what is up to date
#   scripts/sglang_cpu.sh --lock    resolve requirements/sglang-cpu.lock anew
#
# SGLang pins other versions of what Playground uses, so it never shares its environment. What it
# offers for a GPU is missing here: its compiled kernels are replaced by a stand-in that says so
# when it is called (scripts/sglang_cpu/shims), and layers run as plain PyTorch.
#
# Needs Linux on x86-64 with glibc 2.34 or newer, Python 3.11 and 3.2 GB of disk. The lock holds
# everything but PyTorch: there pip's own settings decide where the build for processors comes
# from, for example PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS. The package index alone has builds for
# CUDA, which cannot be imported without gigabytes of CUDA.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

torch=2.13.0 # SGLang 0.5.23 pins 2.14.1; of the newest there may be no build for processors yet
lock=$here/requirements/sglang-cpu.lock
python=${SGLANG_PYTHON:-python3.11}

say() { printf '── %s (%d s)\n' "$1" "$SECONDS"; }

make_lock() {
  local uv=$here/.venv/bin/uv asked=$here/requirements/sglang-cpu.in
  [[ -x $uv ]] || uv=$(command -v uv) || {
    echo "scripts/sglang_cpu.sh: install uv first, for example with .venv/bin/pip install uv" >&2
    exit 2
  }
  parts=$(mktemp -d)
  trap 'rm -rf "$parts"' EXIT
  # what stands below this line would pull in CUDA, so it is taken without what it asks for
  sed '/^# without dependencies/,$d' "$asked" >"$parts/whole.in"
  sed '1,/^# without dependencies/d' "$asked" >"$parts/bare.in"
  echo "torch ; sys_platform == 'none'" >"$parts/never.txt"
  local options=(--quiet --python-version 3.11 --python-platform x86_64-manylinux_2_34
    --generate-hashes --no-header --no-annotate --only-binary :all:)
  "$uv" pip compile "${options[@]}" --overrides "$parts/never.txt" \
    --output-file "$parts/whole.lock" "$parts/whole.in"
  "$uv" pip compile "${options[@]}" --no-deps --output-file "$parts/bare.lock" "$parts/bare.in"
  cat "$parts/whole.lock" "$parts/bare.lock" >"$lock"
}

install() {
  local env=$1 entry
  "$python" -m venv --clear "$env"
  say "PyTorch"
  "$env/bin/pip" install --quiet --disable-pip-version-check --no-deps "torch==$torch"
  say "everything else, each checked by its hash"
  entry=$(mktemp)
  awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' "$lock" >"$entry"
  "$env/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$entry"
  rm -f "$entry"
  "$env/bin/uv" pip install --quiet --python "$env/bin/python" --no-deps --require-hashes \
    --only-binary :all: --no-cache -r "$lock"
  "$env/bin/python" -c 'import torch' 2>/dev/null || {
    echo "scripts/sglang_cpu.sh: this PyTorch needs CUDA; tell pip where the build for processors" \
      "is, with PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS" >&2
    exit 3
  }
}

case ${1:-} in
  --lock) make_lock && exit ;;
  "" | -*)
    sed -n '2,15p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
mkdir -p "$1"
folder=$(cd "$1" && pwd)
stamp=$(cat "$lock" "${BASH_SOURCE[0]}" "$here/scripts/sglang_cpu/make_model.py" | sha256sum)
if [[ -f $folder/stamp && $(<"$folder/stamp") == "$stamp" ]]; then
  say "up to date: $folder"
  exit
fi
rm -f "$folder/stamp"
install "$folder/env"
say "the model, trained on the spot"
rm -rf "$folder/models"
PYTHONPATH=$here/scripts/sglang_cpu/shims OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 \
  "$folder/env/bin/python" "$here/scripts/sglang_cpu/make_model.py" "$folder/models"
echo "$stamp" >"$folder/stamp"
say "built: $folder, $(du -sh "$folder" | cut -f1)"
