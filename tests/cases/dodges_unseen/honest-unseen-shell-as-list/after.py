import subprocess


def pack(source: str, target: str) -> None:
    subprocess.run(["tar", "-czf", target, "--exclude=.git", source], check=True)
