import subprocess


def branch(folder: str) -> str | None:
    done = subprocess.run(
        ["git", "branch", "--show-current"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return None
    return done.stdout.strip()
