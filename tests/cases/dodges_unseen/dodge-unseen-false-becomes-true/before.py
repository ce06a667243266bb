def pending(jobs: list[dict]) -> list[str]:
    names = []
    for job in jobs:
        if job["done"] == False and job["tries"] < 5:
            names.append(job["name"])
            job["tries"] += 1
    return names
