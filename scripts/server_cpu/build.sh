# Builds an environment in which a real model server runs on a processor, and a tiny model for it.
# The script of each server reads this in; see there. It sets before:
#
#   server   its name; requirements/NAME-cpu.in says what it needs, NAME-cpu.lock pins it
#   torch    the release of PyTorch
#   python   the Python that the environment is made with
#   never    what the server asks for and gets from elsewhere or not at all, PyTorch among it
#   shims    a folder of modules that stand in for something, "" for none
#
# The lock holds everything but PyTorch: there pip's own settings decide where the build for
# processors comes from, for example PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS. The package index alone
# has builds for CUDA, which cannot be imported without gigabytes of CUDA.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lock=$here/requirements/$server-cpu.lock

say() { printf '── %s (%d s)\n' "$1" "$SECONDS"; }

make_lock() {
  local uv=$here/.venv/bin/uv asked=$here/requirements/$server-cpu.in
  [[ -x $uv ]] || uv=$(command -v uv) || {
    echo "$0: install uv first, for example with .venv/bin/pip install uv" >&2
    exit 2
  }
  parts=$(mktemp -d)
  trap 'rm -rf "$parts"' EXIT
  # what stands below this line would pull in CUDA, so it is taken without what it asks for
  sed '/^# without dependencies/,$d' "$asked" >"$parts/whole.in"
  sed '1,/^# without dependencies/d' "$asked" >"$parts/bare.in"
  printf "%s ; sys_platform == 'none'\n" "${never[@]}" >"$parts/never.txt"
  local options=(--quiet --python-version 3.11 --python-platform x86_64-manylinux_2_34
    --generate-hashes --no-header --no-annotate --only-binary :all:)
  "$uv" pip compile "${options[@]}" --overrides "$parts/never.txt" \
    --output-file "$parts/whole.lock" "$parts/whole.in"
  : >"$parts/bare.lock"
  [[ ! -s $parts/bare.in ]] ||
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
    echo "$0: this PyTorch needs CUDA; tell pip where the build for processors" \
      "is, with PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS" >&2
    exit 3
  }
}

case ${1:-} in
  --lock) make_lock && exit ;;
  "" | -*)
    sed -n '2,/^[^#]/{/^#/p}' "$0" >&2
    exit 2
    ;;
esac
mkdir -p "$1"
folder=$(cd "$1" && pwd)
maker=$here/scripts/server_cpu/make_model.py
stamp=$(cat "$lock" "$0" "${BASH_SOURCE[0]}" "$maker" | sha256sum)
if [[ -f $folder/stamp && $(<"$folder/stamp") == "$stamp" ]]; then
  say "up to date: $folder"
  exit
fi
rm -f "$folder/stamp"
install "$folder/env"
say "the model, trained on the spot"
rm -rf "$folder/models"
PYTHONPATH=$shims OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 \
  "$folder/env/bin/python" "$maker" "$folder/models"
echo "$stamp" >"$folder/stamp"
say "built: $folder, $(du -sh "$folder" | cut -f1)"
