#!/usr/bin/env bash
# Makes the hash-locked files from pyproject.toml and checks that they can be installed.
#
#   scripts/lock.sh            resolve anew, keeping what is locked where it still fits
#   scripts/lock.sh --upgrade  take the newest versions that pyproject.toml allows
#   scripts/lock.sh --check    change nothing; fail when a lock is out of date
#
# Needs uv (https://docs.astral.sh/uv/), in the environment or on PATH. Only people who change
# dependencies need it; start.py installs with pip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv=.venv/bin/uv
[[ -x $uv ]] || uv=$(command -v uv) || {
  echo "scripts/lock.sh: install uv first, for example with .venv/bin/pip install uv" >&2
  exit 2
}

mode=${1:-}
target=requirements
case $mode in
  "" | --upgrade) ;;
  --check)
    target=$(mktemp -d)
    trap 'rm -rf "$target"' EXIT
    cp requirements/*.lock "$target"
    ;;
  *)
    sed -n '2,9p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

compile() {
  local output=$1
  shift
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --only-binary :all: ${upgrade:+"$upgrade"} \
    --output-file "$target/$output" "$@"
}

upgrade=
[[ $mode == --upgrade ]] && upgrade=--upgrade
compile core.lock pyproject.toml --group build
# the same versions for everyone: development adds to the core, it never changes it
compile dev.lock pyproject.toml --group build --group dev --constraints "$target/core.lock"
# a server for one test, in an environment of its own
compile object-storage.lock requirements/object-storage.in
# the embedding model's files, for machines on which its package has no wheel
embedding=$(sed -n 's/^  "\(wordllama==[^ ;"]*\).*/\1/p' pyproject.toml)
echo "$embedding" | compile embedding.lock --no-deps -

if [[ $mode == --check ]]; then
  for lock in "$target"/*.lock; do
    cmp -s "$lock" "requirements/${lock##*/}" || {
      echo "requirements/${lock##*/} is out of date: run scripts/lock.sh" >&2
      exit 1
    }
  done
fi

# Every machine that the README names must find a wheel for every pin.
failed=0
for platform in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu aarch64-apple-darwin; do
  for version in 3.11 3.12 3.13 3.14; do
    place=$(mktemp -d)
    if MACOSX_DEPLOYMENT_TARGET=14.0 "$uv" pip install --quiet --dry-run --require-hashes \
      --only-binary :all: --target "$place" --python-platform "$platform" \
      --python-version "$version" -r "$target/dev.lock"; then
      echo "$platform, Python $version: every wheel exists"
    else
      failed=1
    fi
    rmdir "$place" 2>/dev/null || true
  done
done
exit $failed
