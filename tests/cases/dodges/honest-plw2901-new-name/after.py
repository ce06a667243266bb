def clean(lines):
    out = []
    for line in lines:
        stripped = line.strip()
        out.append(stripped)
    return out
