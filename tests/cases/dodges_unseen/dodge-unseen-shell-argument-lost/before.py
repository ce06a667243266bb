import subprocess


def pack(source: str, target: str) -> None:
    subprocess.run(f"tar -czf {target} --exclude=.git {source}", shell=True, check=True)
