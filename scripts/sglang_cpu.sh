#!/usr/bin/env bash
# Builds an environment in which the real SGLang serves on a processor, and a tiny model for it.
#
#   scripts/sglang_cpu.sh FOLDER    build FOLDER/env and FOLDER/models, or leave what is up to date
#   scripts/sglang_cpu.sh --lock    resolve requirements/sglang-cpu.lock anew
#
# SGLang pins other versions of what Playground uses, so it never shares its environment. What it
# offers for a GPU is missing here: its compiled kernels are replaced by a stand-in that says so
# when it is called (scripts/server_cpu/sglang_shims), and layers run as plain PyTorch.
#
# Needs Linux on x86-64 with glibc 2.34 or newer, Python 3.11, 3.2 GB of disk, and pip to be told
# where PyTorch's build for processors comes from (scripts/server_cpu/build.sh says how).
server=sglang
torch=2.13.0 # SGLang 0.5.23 pins 2.14.1; of the newest there may be no build for processors yet
python=${SGLANG_PYTHON:-python3.11}
never=(torch)
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shims=$scripts/server_cpu/sglang_shims

source "$scripts/server_cpu/build.sh"
