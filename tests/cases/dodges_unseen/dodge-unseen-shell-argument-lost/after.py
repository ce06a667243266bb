import subprocess


def pack(source: str, target: str) -> None:
    subprocess.run(["tar", "-czf", target, source], check=True)
